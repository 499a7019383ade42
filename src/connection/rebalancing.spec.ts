import { describe, expect, it } from 'vitest';
import { ManualTimerWheel } from '../../test/support/manual-timer-wheel.js';
import { serviceRig } from '../../test/support/service-rig.js';
import { sampleOf } from './rebalancing.js';

const rigWith = (connections: number) => {
  const wheel = new ManualTimerWheel();
  const rig = serviceRig({}, undefined, { wheel });
  const clients = Array.from({ length: connections }, (_, n) => rig.connect(`user-${n}`));
  const closes = () => clients.flatMap(({ socket }) => socket.closes);
  return { ...rig, wheel, closes };
};

describe('rebalance', () => {
  it('closes a share of the connections with 4005, each with a hint of its own', () => {
    const { registry, closes } = rigWith(40);
    expect(registry.rebalance({ share: 0.25, over: 0 })).toBe(10);
    expect(closes()).toHaveLength(10);
    expect(new Set(closes().map(({ how, code }) => `${how} ${code}`))).toEqual(new Set(['close 4005']));
    const hints = closes().map(({ retryAfterMs }) => retryAfterMs ?? Number.NaN);
    expect(hints.every((hint) => hint >= 0 && hint <= 1000)).toBe(true);
    expect(new Set(hints).size).toBeGreaterThan(1);
  });

  it('spreads them over the time', () => {
    const { registry, wheel, closes } = rigWith(40);
    expect(registry.rebalance({ share: 0.5, over: 1000 })).toBe(20);
    const counts = [closes().length];
    while (wheel.size > 0) {
      wheel.passTime();
      counts.push(closes().length);
    }
    expect(counts).toEqual([2, 4, 6, 8, 10, 12, 14, 16, 18, 20]);
  });

  it('closes no connection that has come since', () => {
    const { registry, wheel, connect, closes } = rigWith(4);
    registry.rebalance({ share: 1, over: 1000 });
    const { socket } = connect('late');
    while (wheel.size > 0) wheel.passTime();
    expect(closes()).toHaveLength(4);
    expect(socket.closes).toEqual([]);
  });

  it('closes nothing where there is nothing', () => {
    const { registry, wheel } = rigWith(0);
    expect(registry.rebalance({ share: 1 })).toBe(0);
    expect(wheel.size).toBe(0);
  });

  it.each([
    [{ share: 0 }, 'share is 0; give a number above 0 and up to 1.'],
    [{ share: 1.5 }, 'share is 1.5; give a number above 0 and up to 1.'],
    [{ share: Number.NaN }, 'share is NaN; give a number above 0 and up to 1.'],
    [{ share: 1, over: -1 }, 'over is -1; give a number of ms from 0.'],
    [{ share: 1, over: Number.POSITIVE_INFINITY }, 'over is Infinity; give a number of ms from 0.'],
  ])('refuses %j', (options, message) => {
    expect(() => rigWith(1).registry.rebalance(options)).toThrow(new RangeError(message));
  });
});

describe('the sample of a share', () => {
  it('has each at most once, and every one in its turn', () => {
    const all = Array.from({ length: 10 }, (_, n) => n);
    const seen = new Set<number>();
    for (let round = 0; round < 200; round += 1) {
      const sample = sampleOf(all, 0.3);
      expect(new Set(sample).size).toBe(3);
      for (const each of sample) seen.add(each);
    }
    expect(seen.size).toBe(10);
  });
});
