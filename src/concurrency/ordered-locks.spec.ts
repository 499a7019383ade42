import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { LockOrderError, OrderedLocks } from './index.js';

const LEVELS = ['connections', 'addresses', 'channels'] as const;
const newLocks = (): OrderedLocks<typeof LEVELS> => new OrderedLocks(LEVELS);

/** Locks as a JavaScript caller sees them: no type stops a wrong level. */
interface Untyped {
  acquire(level: string, key: string): Promise<unknown>;
}
const untyped = (locks: Untyped): Untyped => locks;

const reason = new Error('the connection closed');

const outcome = (promise: Promise<unknown>): { settled: boolean } => {
  const state = { settled: false };
  const note = (): void => void (state.settled = true);
  promise.then(note, note);
  return state;
};

describe('OrderedLocks', () => {
  it('excludes others from the key of a level, and only from that', async () => {
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

  it('frees what `await using` and `using` hold at the end of the block', async () => {
    const locks = newLocks();
    {
      await using connection = await locks.acquire('connections', 'c1');
      using channel = await connection.acquire('channels', 'news');
      expect(channel).toBeDefined();
      expect(locks.size).toBe(2);
    }
    expect(locks.size).toBe(0);
  });

  it('takes no notice of a second release', async () => {
    const locks = newLocks();
    const held = await locks.acquire('connections', 'c1');
    held[Symbol.dispose]();
    const next = await locks.acquire('connections', 'c1');
    await held[Symbol.asyncDispose]();
    expect(locks.size).toBe(1);
    next[Symbol.dispose]();
  });

  it('needs at least one level, and each of them once', () => {
    expect(() => new OrderedLocks(['a', 'b', 'a'])).toThrow(new TypeError('a lock order has a level twice: a → b → a'));
    expect(() => Reflect.construct(OrderedLocks, [[]])).toThrow(TypeError);
  });
});

describe('the order at run time', () => {
  it('refuses an earlier level, and says what is held and what was asked', async () => {
    const locks = newLocks();
    const address = await locks.acquire('addresses', '::1');
    const channel = await address.acquire('channels', 'news');
    const error: unknown = await untyped(channel)
      .acquire('connections', 'c1')
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(LockOrderError);
    expect(error).toMatchObject({
      name: 'LockOrderError',
      message:
        'cannot lock connections "c1" while holding addresses "::1" and channels "news": ' +
        'the order is connections → addresses → channels',
      asked: { level: 'connections', keys: ['c1'] },
      held: [
        { level: 'addresses', keys: ['::1'] },
        { level: 'channels', keys: ['news'] },
      ],
    });
    expect(locks.size).toBe(2);
  });

  it('refuses the same level twice, with another key too', async () => {
    const held = await newLocks().acquire('addresses', '::1');
    await expect(untyped(held).acquire('addresses', '::2')).rejects.toThrow(LockOrderError);
  });

  it('refuses an unknown level, first or later', async () => {
    const locks = newLocks();
    await expect(untyped(locks).acquire('rooms', 'r')).rejects.toThrow(
      new LockOrderError('the levels are connections → addresses → channels', { level: 'rooms', keys: ['r'] }, []),
    );
    const held = await locks.acquire('connections', 'c1');
    await expect(untyped(held).acquire('rooms', 'r')).rejects.toThrow(LockOrderError);
  });

  it('refuses to lock through what is released', async () => {
    const held = await newLocks().acquire('connections', 'c1');
    held[Symbol.dispose]();
    await expect(held.acquire('channels', 'news')).rejects.toThrow(
      'cannot lock channels "news" while holding nothing: connections "c1", through which it was asked, is released',
    );
  });

  it('refuses an outer link while an inner one is held: its type does not know of it', async () => {
    const locks = newLocks();
    const connection = await locks.acquire('connections', 'c1');
    const channel = await connection.acquire('channels', 'news');
    await expect(connection.acquire('addresses', '::1')).rejects.toThrow(
      'cannot lock addresses "::1" while holding connections "c1" and channels "news": ' +
        'ask through channels "news", or release it first',
    );
    channel[Symbol.dispose]();
    await connection.acquire('addresses', '::1');
    expect(locks.size).toBe(2);
  });

  it('refuses an outer link while an inner one is waited for', async () => {
    const locks = newLocks();
    const taken = await locks.acquire('addresses', '::1');
    const connection = await locks.acquire('connections', 'c1');
    const waiting = connection.acquire('addresses', '::1');
    await expect(connection.acquire('channels', 'news')).rejects.toThrow(LockOrderError);
    taken[Symbol.dispose]();
    await expect(waiting).resolves.toBeDefined();
  });

  it('lets an outer link ask again once the inner wait was aborted', async () => {
    const locks = newLocks();
    const controller = new AbortController();
    const taken = await locks.acquire('addresses', '::1');
    const connection = await locks.acquire('connections', 'c1');
    const waiting = connection.acquire('addresses', '::1', controller.signal);
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(connection.acquire('channels', 'news')).resolves.toBeDefined();
    taken[Symbol.dispose]();
  });
});

describe('releasing out of turn', () => {
  it('frees an outer link alone: the inner one stays held and keeps its place in the order', async () => {
    const locks = newLocks();
    const connection = await locks.acquire('connections', 'c1');
    const address = await connection.acquire('addresses', '::1');
    connection[Symbol.dispose]();
    expect(locks.size).toBe(1);
    await expect(untyped(address).acquire('connections', 'c1')).rejects.toMatchObject({
      held: [{ level: 'addresses', keys: ['::1'] }],
    });
    const channel = await address.acquire('channels', 'news');
    channel[Symbol.dispose]();
    address[Symbol.dispose]();
    expect(locks.size).toBe(0);
  });

  it('remembers the innermost link when one in the middle is released', async () => {
    const connection = await newLocks().acquire('connections', 'c1');
    const address = await connection.acquire('addresses', '::1');
    await address.acquire('channels', 'news');
    address[Symbol.dispose]();
    await expect(connection.acquire('addresses', '::2')).rejects.toMatchObject({
      held: [
        { level: 'connections', keys: ['c1'] },
        { level: 'channels', keys: ['news'] },
      ],
    });
  });

  it('grants an inner wait whose outer link was released meanwhile', async () => {
    const locks = newLocks();
    const taken = await locks.acquire('channels', 'news');
    const connection = await locks.acquire('connections', 'c1');
    const waiting = connection.acquire('channels', 'news');
    connection[Symbol.dispose]();
    taken[Symbol.dispose]();
    (await waiting)[Symbol.dispose]();
    expect(locks.size).toBe(0);
  });
});

describe('several keys of one level', () => {
  it('locks each key once', async () => {
    const locks = newLocks();
    using held = await locks.acquireAll('channels', ['b', 'a', 'b']);
    expect(held).toBeDefined();
    expect(locks.size).toBe(2);
  });

  it('locks them in sorted order, whatever order they are given in', async () => {
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

  it('takes their level even when no key is given', async () => {
    const locks = newLocks();
    const connection = await locks.acquire('connections', 'c1');
    const none = await connection.acquireAll('channels', []);
    expect(locks.size).toBe(1);
    await expect(untyped(none).acquire('addresses', '::1')).rejects.toThrow(
      'while holding connections "c1" and channels: the order is',
    );
  });

  it('gives back those already locked when the signal aborts', async () => {
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
