import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { OrderedLocks } from './ordered-locks.js';

const newLocks = () => new OrderedLocks(['connections', 'addresses', 'channels']);

const reason = new Error('the connection closed');

const outcome = (promise: Promise<unknown>): { settled: boolean } => {
  const state = { settled: false };
  const note = (): void => void (state.settled = true);
  promise.then(note, note);
  return state;
};

describe('OrderedLocks', () => {
  it('excludes others from the key of a level, and only from that key', async () => {
    const locks = newLocks();
    const held = await locks.acquire('connections', 'c1');
    const same = outcome(locks.acquire('connections', 'c1'));
    const otherKey = outcome(locks.acquire('connections', 'c2'));
    const otherLevel = outcome(locks.acquire('channels', 'c1'));
    await turnOfTheLoop();
    expect([same.settled, otherKey.settled, otherLevel.settled]).toEqual([false, true, true]);
    held[Symbol.dispose]();
    await turnOfTheLoop();
    expect(same.settled).toBe(true);
  });

  it('releases locks held by `await using` and `using` at the end of the block', async () => {
    const locks = newLocks();
    {
      await using connection = await locks.acquire('connections', 'c1');
      using channel = await connection.acquire('channels', 'news');
      expect(channel).toBeDefined();
      expect(locks.size).toBe(2);
    }
    expect(locks.size).toBe(0);
  });

  it('grants a free key to tryAcquire at once, as the first of a chain', async () => {
    const locks = newLocks();
    const held = locks.tryAcquire('connections', 'c1');
    expect(locks.tryAcquire('connections', 'c1')).toBeUndefined();
    expect(locks.tryAcquire('addresses', 'c1')).toBeDefined();
    const channel = await held?.acquire('channels', 'news');
    expect(locks.size).toBe(3);
    channel?.[Symbol.dispose]();
    held?.[Symbol.dispose]();
    expect(locks.tryAcquire('connections', 'c1')).toBeDefined();
  });

  it('ignores a second release', async () => {
    const locks = newLocks();
    const held = await locks.acquire('connections', 'c1');
    held[Symbol.dispose]();
    const next = await locks.acquire('connections', 'c1');
    await held[Symbol.asyncDispose]();
    expect(locks.size).toBe(1);
    next[Symbol.dispose]();
  });

  it('needs at least one level, and each level once', () => {
    expect(() => new OrderedLocks(['a', 'b', 'a'])).toThrow(new TypeError('a lock order has a level twice: a → b → a'));
    expect(() => Reflect.construct(OrderedLocks, [[]])).toThrow(TypeError);
  });
});

describe('several keys of one level', () => {
  it('are locked once each', async () => {
    const locks = newLocks();
    using held = await locks.acquireAll('channels', ['b', 'a', 'b']);
    expect(held).toBeDefined();
    expect(locks.size).toBe(2);
  });

  it('are locked in sorted order, whatever order they are given in', async () => {
    const locks = newLocks();
    const taken = await locks.acquire('channels', 'b');
    const waiting = locks.acquireAll('channels', ['c', 'b', 'a']);
    const a = outcome(locks.acquire('channels', 'a'));
    const c = outcome(locks.acquire('channels', 'c').then((hold) => hold[Symbol.dispose]()));
    await turnOfTheLoop();
    expect([a.settled, c.settled]).toEqual([false, true]);
    taken[Symbol.dispose]();
    await expect(waiting).resolves.toBeDefined();
  });

  it('are released again when the signal aborts', async () => {
    const locks = newLocks();
    const controller = new AbortController();
    const taken = await locks.acquire('channels', 'b');
    const waiting = locks.acquireAll('channels', ['a', 'b', 'c'], controller.signal);
    await turnOfTheLoop();
    expect(locks.size).toBe(2);
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    expect(locks.size).toBe(1);
    taken[Symbol.dispose]();
  });
});
