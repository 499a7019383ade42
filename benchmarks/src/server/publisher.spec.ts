import { describe, expect, it } from 'vitest';
import { publish } from './publisher.js';

const plan = { channels: 3, bytes: 128, ticksPerSecond: 1000, perTick: 2, ticks: 6 };

describe('publish', () => {
  it('publishes to the channels in turn, a fixed number of times per tick', async () => {
    const channels: string[] = [];
    await publish({ publish: (channel) => channels.push(channel) }, plan);
    expect(channels).toEqual(Array.from({ length: 4 }, () => ['c0', 'c1', 'c2']).flat());
  });

  it('never runs two ticks in one event-loop turn, however late it is', async () => {
    let turn = 0;
    const turns: number[] = [];
    const count = (): void => {
      turn += 1;
      if (turns.length < plan.ticks * plan.perTick) setImmediate(count);
    };
    count();
    await publish({ publish: () => turns.push(turn) }, { ...plan, ticksPerSecond: 1e9 });
    expect(new Set(turns).size).toBe(plan.ticks);
  });

  it('keeps its clock', async () => {
    const startedAt = performance.now();
    await publish({ publish: () => {} }, { ...plan, ticksPerSecond: 100 });
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(49);
  });
});
