import { addAbortListener, once, EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { expectNoProcessFaults } from '../../../test/support/process-faults.js';
import { containListeners } from './contained-listeners.js';

function contained() {
  const controller = new AbortController();
  const reported: unknown[] = [];
  containListeners(controller.signal, (error) => reported.push(error));
  return { signal: controller.signal, reported, abort: () => controller.abort('enough') };
}

const fail = (): never => {
  throw new Error('listener');
};

const rejecting = async (): Promise<never> => fail();

describe('a signal with contained listeners', () => {
  it.each([
    ['a function', (signal: AbortSignal) => signal.addEventListener('abort', fail)],
    ['an object', (signal: AbortSignal) => signal.addEventListener('abort', { handleEvent: fail })],
    ['an async function', (signal: AbortSignal) => signal.addEventListener('abort', rejecting as () => void)],
    ['onabort', (signal: AbortSignal) => void Reflect.set(signal, 'onabort', fail)],
    ['addAbortListener', (signal: AbortSignal) => void addAbortListener(signal, fail)],
  ])('reports an error thrown by a listener that is %s, and calls the next listener', async (_what, listen) => {
    expectNoProcessFaults();
    const { signal, reported, abort } = contained();
    const next = vi.fn<() => void>();
    listen(signal);
    signal.addEventListener('abort', next);
    abort();
    await expect.poll(() => reported.map(String)).toEqual(['Error: listener']);
    expect(next).toHaveBeenCalledOnce();
  });

  it('calls a listener like any signal: with itself as this, with the event, once', () => {
    const { signal, abort } = contained();
    const calls: unknown[] = [];
    function listener(this: unknown, event: Event): void {
      calls.push(this, event.type);
    }
    signal.addEventListener('abort', listener, { once: true });
    signal.addEventListener('abort', listener);
    abort();
    signal.dispatchEvent(new Event('abort'));
    expect(calls).toEqual([signal, 'abort']);
  });

  it('removes a listener by the function that was added', () => {
    const { signal, abort } = contained();
    const [removed, replaced, last] = [vi.fn<() => void>(), vi.fn<() => void>(), vi.fn<() => void>()];
    signal.addEventListener('abort', removed);
    signal.removeEventListener('abort', removed);
    Reflect.set(signal, 'onabort', replaced);
    Reflect.set(signal, 'onabort', last);
    expect(signal.onabort).toBe(last);
    abort();
    expect([removed, replaced, last].map((listener) => listener.mock.calls.length)).toEqual([0, 0, 1]);
    Reflect.set(signal, 'onabort', null);
    expect(signal.onabort).toBeNull();
  });

  it('ignores null and rejects an invalid listener, like any signal', () => {
    const { signal } = contained();
    expect(() => signal.addEventListener('abort', null as never)).not.toThrow();
    expect(() => signal.addEventListener('abort', 7 as never)).toThrow(TypeError);
  });

  it('works as a native signal for timers, events, fetch and AbortSignal.any', async () => {
    const { signal, abort } = contained();
    const waiting = [sleep(60_000, undefined, { signal }), once(new EventEmitter(), 'never', { signal })];
    const request = fetch('http://127.0.0.1:9', { signal });
    const derived = AbortSignal.any([signal]);
    abort();
    for (const each of waiting) await expect(each).rejects.toThrow('aborted');
    await expect(request).rejects.toBe('enough');
    expect(derived.reason).toBe('enough');
    expect(signal).toBeInstanceOf(AbortSignal);
  });
});
