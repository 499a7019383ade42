import { describe, expect, it, vi } from 'vitest';
import { createEmitter } from './emitter.js';

describe('an emitter', () => {
  it('calls each listener once for each registration, until that is removed', () => {
    const { on, emit } = createEmitter<{ a: number }>(() => {});
    const listener = vi.fn<(value: number) => void>();
    const offs = [on('a', listener), on('a', listener)];
    emit('a', 1);
    offs[0]?.();
    emit('a', 2);
    expect(listener.mock.calls).toEqual([[1], [1], [2]]);
  });

  it('says whether anybody listened', () => {
    const { on, emit } = createEmitter<{ a: number }>(() => {});
    expect(emit('a', 1)).toBe(false);
    const off = on('a', () => {});
    expect(emit('a', 1)).toBe(true);
    off();
    expect(emit('a', 1)).toBe(false);
  });

  it('hands over what a listener throws, and calls the next one', () => {
    const thrown: unknown[] = [];
    const { on, emit } = createEmitter<{ a: number }>((error) => thrown.push(error));
    on('a', () => {
      throw new Error('mine');
    });
    const next = vi.fn<(value: number) => void>();
    on('a', next);
    emit('a', 1);
    expect(thrown).toEqual([new Error('mine')]);
    expect(next).toHaveBeenCalledOnce();
  });

  it('calls no listener that was added by another one meanwhile', () => {
    const { on, emit } = createEmitter<{ a: number }>(() => {});
    const late = vi.fn<(value: number) => void>();
    on('a', () => void on('a', late));
    emit('a', 1);
    expect(late).not.toHaveBeenCalled();
  });
});
