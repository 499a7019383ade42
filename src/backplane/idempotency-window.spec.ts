import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.js';
import { IdempotencyWindow } from './idempotency-window.js';

const position = { epoch: 'e', offset: 1 };

describe('IdempotencyWindow', () => {
  it('knows a hundred thousand keys, and for one more forgets the oldest', () => {
    const window = new IdempotencyWindow(new ManualClock(), Infinity);
    for (let index = 0; index < 100_000; index += 1) window.remember('chat', `${index}`, position);
    expect(window.find('chat', '0')?.position).toBe(position);
    window.remember('chat', 'one more', undefined);
    expect(window.find('chat', '0')).toBeUndefined();
    expect(window.find('chat', '1')?.position).toBe(position);
    expect(window.find('chat', 'one more')?.position).toBeUndefined();
  });

  it('counts five minutes by a clock that cannot be set', () => {
    const clock = new ManualClock();
    const window = new IdempotencyWindow(clock, Infinity);
    window.remember('chat', 'k', position);
    clock.setWall(clock.now() + 3_600_000);
    expect(window.find('chat', 'k')).toBeDefined();
    clock.advance(300_000);
    expect(window.find('chat', 'k')).toBeUndefined();
    expect(window.bytes).toBe(0);
  });
});
