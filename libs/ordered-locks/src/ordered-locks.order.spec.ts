import { describe, expect, it } from 'vitest';
import { LockOrderError } from './lock-order-error.js';
import { OrderedLocks } from './ordered-locks.js';

const newLocks = () => new OrderedLocks(['connections', 'addresses', 'channels']);

/** Locks as a JavaScript caller sees them: no type stops a wrong level. */
interface Untyped {
  acquire(level: string, key: string): Promise<unknown>;
}
const untyped = (locks: Untyped): Untyped => locks;

describe('the lock order at run time', () => {
  it('rejects an earlier level, and names what is held and what was requested', async () => {
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

  it('rejects the same level twice, with another key too', async () => {
    const held = await newLocks().acquire('addresses', '::1');
    await expect(untyped(held).acquire('addresses', '::2')).rejects.toThrow(LockOrderError);
  });

  it('rejects an unknown level, at the start of a chain or later', async () => {
    const locks = newLocks();
    await expect(untyped(locks).acquire('rooms', 'r')).rejects.toThrow(
      new LockOrderError('the levels are connections → addresses → channels', { level: 'rooms', keys: ['r'] }, []),
    );
    const held = await locks.acquire('connections', 'c1');
    await expect(untyped(held).acquire('rooms', 'r')).rejects.toThrow(LockOrderError);
  });

  it('rejects an acquire through a released handle', async () => {
    const held = await newLocks().acquire('connections', 'c1');
    held[Symbol.dispose]();
    await expect(held.acquire('channels', 'news')).rejects.toThrow(
      'cannot lock channels "news" while holding nothing: connections "c1", through which it was asked, is released',
    );
  });

  it('rejects an acquire through an outer handle while an inner one is held: its type does not know of it', async () => {
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

  it('rejects an acquire through an outer handle while an inner lock is waited for', async () => {
    const locks = newLocks();
    const taken = await locks.acquire('addresses', '::1');
    const connection = await locks.acquire('connections', 'c1');
    const waiting = connection.acquire('addresses', '::1');
    await expect(connection.acquire('channels', 'news')).rejects.toThrow(LockOrderError);
    taken[Symbol.dispose]();
    await expect(waiting).resolves.toBeDefined();
  });

  it('accepts an acquire through an outer handle once the inner wait was aborted', async () => {
    const locks = newLocks();
    const controller = new AbortController();
    const taken = await locks.acquire('addresses', '::1');
    const connection = await locks.acquire('connections', 'c1');
    const waiting = connection.acquire('addresses', '::1', controller.signal);
    controller.abort();
    await expect(waiting).rejects.toThrow('aborted');
    await expect(connection.acquire('channels', 'news')).resolves.toBeDefined();
    taken[Symbol.dispose]();
  });

  it('counts a level as taken even if no key of it was given', async () => {
    const locks = newLocks();
    const connection = await locks.acquire('connections', 'c1');
    const none = await connection.acquireAll('channels', []);
    expect(locks.size).toBe(1);
    await expect(untyped(none).acquire('addresses', '::1')).rejects.toThrow(
      'while holding connections "c1" and channels: the order is',
    );
  });
});

describe('releasing out of turn', () => {
  it('releases an outer handle alone: the inner one stays held and keeps its position in the order', async () => {
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

  it('keeps the innermost handle when one in the middle is released', async () => {
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

  it('ignores a second release, even if the chain has a new handle since', async () => {
    const connection = await newLocks().acquire('connections', 'c1');
    const address = await connection.acquire('addresses', '::1');
    address[Symbol.dispose]();
    await connection.acquire('channels', 'news');
    address[Symbol.dispose]();
    await expect(connection.acquire('addresses', '::2')).rejects.toThrow('ask through channels "news"');
  });

  it('grants an inner wait whose outer handle was released meanwhile', async () => {
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
