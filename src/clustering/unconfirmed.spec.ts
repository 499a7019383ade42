import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Unconfirmed } from './unconfirmed.js';

beforeEach(() => {
  vi.useFakeTimers();
  return () => vi.useRealTimers();
});

describe('a command that nodes are waited for', () => {
  it('is confirmed when all have, before or after it is known who they are', async () => {
    const command = new Unconfirmed();
    command.finish('a', { affected: 2 });
    const missing = command.all(['a', 'b'], 5000);
    command.finish('b', { affected: 3 });
    command.finish('b', { affected: 3 });
    expect(await missing).toBe(0);
    expect(command.affected).toBe(5);
  });

  it('counts nodes that have not begun it in time, and waits on for one that has', async () => {
    const command = new Unconfirmed();
    const settled = vi.fn<(missing: number) => void>();
    void command.all(['deaf', 'slow'], 5000).then(settled);
    command.begin('slow');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(settled).not.toHaveBeenCalled();
    command.finish('slow', { affected: 1 });
    await vi.advanceTimersByTimeAsync(0);
    expect(settled).toHaveBeenCalledWith(1);
  });

  it('does not count nodes that have ended', async () => {
    const command = new Unconfirmed();
    const missing = command.all(['a', 'b'], 5000);
    command.finish('a', { affected: 1 });
    command.keepOnly(new Set(['a']));
    expect(await missing).toBe(0);
  });

  it('counts a node that has begun it when its answer cannot arrive', async () => {
    const command = new Unconfirmed();
    const missing = command.all(['a'], 5000);
    command.begin('a');
    await vi.advanceTimersByTimeAsync(6000);
    command.lose();
    expect(await missing).toBe(1);
  });
});
