import { describe, expect, it, vi } from 'vitest';
import { FakeClock } from '../../../../test/support/client/fake-clock.js';
import { createTimer, systemClock } from './clock.js';

describe('a timer', () => {
  it('is one: setting it takes the place of the one before', async () => {
    const clock = new FakeClock();
    const timer = createTimer(clock);
    const [first, second] = [vi.fn<() => void>(), vi.fn<() => void>()];
    timer(10, first);
    timer(20, second);
    await clock.pass(100);
    expect([first.mock.calls.length, second.mock.calls.length]).toEqual([0, 1]);
  });

  it('can be cleared, and set again by what it runs', async () => {
    const clock = new FakeClock();
    const timer = createTimer(clock);
    const again = vi.fn<() => void>();
    timer(10, () => timer(10, again));
    await clock.pass(20);
    expect(again).toHaveBeenCalledOnce();
    timer(10, again);
    timer();
    expect(clock.timers).toBe(0);
  });

  it('is not set for a time that setTimeout cannot wait for', () => {
    const clock = new FakeClock();
    createTimer(clock)(Infinity, () => {});
    expect(clock.timers).toBe(0);
  });
});

describe('the system clock', () => {
  it('is that of the machine', async () => {
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(20_000);
    await new Promise<void>((resolve) => {
      systemClock.clearTimeout(systemClock.setTimeout(() => expect.unreachable(), 0));
      systemClock.setTimeout(resolve, 1);
    });
  });
});
