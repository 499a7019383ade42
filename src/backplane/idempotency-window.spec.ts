import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.js';
import { IdempotencyWindow } from './idempotency-window.js';

const FIVE_MINUTES = 300_000;
const position = { epoch: 'e', offset: 1 };

function windowOf(maxKeys: number) {
  const clock = new ManualClock();
  const lost = { count: 0 };
  return { clock, lost, window: new IdempotencyWindow(clock, maxKeys, () => (lost.count += 1)) };
}

describe('IdempotencyWindow', () => {
  it('holds as many keys as its limit; for one more it evicts the oldest, and reports it', () => {
    const { window, lost } = windowOf(1000);
    for (let index = 0; index < 1000; index += 1) window.remember('ann', `${index}`, position);
    expect(window.find('0')?.position).toEqual(position);
    expect(lost.count).toBe(0);
    window.remember('ann', 'one more', undefined);
    expect(window.find('0')).toBeUndefined();
    expect(window.find('1')?.position).toEqual(position);
    expect(window.find('one more')).toHaveProperty('position', undefined);
    expect(lost.count).toBe(1);
  });

  it('evicts no key of a publisher with few keys for one with many', () => {
    const { window, lost } = windowOf(1000);
    window.remember('bob', 'b', position);
    for (let index = 0; index < 5000; index += 1) window.remember('ann', `${index}`, position);
    expect(window.find('b')).toBeDefined();
    expect(window.find('4999')).toBeDefined();
    expect(lost.count).toBe(4001);
  });

  it('expires keys after five minutes by a monotonic clock', () => {
    const { window, clock, lost } = windowOf(10);
    window.remember('ann', 'k', position);
    clock.setWall(clock.now() + 3_600_000);
    clock.advance(FIVE_MINUTES - 1);
    expect(window.find('k')).toBeDefined();
    clock.advance(1);
    expect(window.find('k')).toBeUndefined();
    window.sweep();
    expect([window.bytes, lost.count]).toEqual([0, 0]);
  });

  it('accepts an expired key again, even before a sweep', () => {
    const { window, clock } = windowOf(10);
    window.remember('ann', 'k', position);
    clock.advance(FIVE_MINUTES);
    window.remember('ann', 'k', { epoch: 'e', offset: 2 });
    expect(window.find('k')?.position).toEqual({ epoch: 'e', offset: 2 });
  });

  it('removes expired keys before it evicts others', () => {
    const { window, clock, lost } = windowOf(10);
    for (let index = 0; index < 10; index += 1) window.remember('ann', `${index}`, position);
    clock.advance(FIVE_MINUTES);
    for (let index = 10; index < 20; index += 1) window.remember('ann', `${index}`, position);
    expect(window.find('10')).toBeDefined();
    expect(lost.count).toBe(0);
  });

  it('sweeps expired keys of many publishers, over several turns', () => {
    const { window, clock } = windowOf(20_000);
    for (let index = 0; index < 12_000; index += 1) window.remember(`user ${index}`, `${index}`, position);
    clock.advance(FIVE_MINUTES);
    window.remember('ann', 'k', position);
    for (let turn = 0; turn < 6; turn += 1) window.sweep();
    expect(window.find('k')).toBeDefined();
    clock.advance(FIVE_MINUTES);
    window.sweep();
    expect(window.bytes).toBe(0);
  });
});
