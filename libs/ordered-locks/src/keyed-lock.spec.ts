import { getEventListeners } from 'node:events';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { KeyedLock } from './keyed-lock.js';

const reason = new Error('the connection closed');

/** Asks for the key and notes `name` once it is granted; the hold is in `holds` from then on. */
function asker(lock: KeyedLock) {
  const granted: string[] = [];
  const holds = new Map<string, Disposable>();
  const ask = async (name: string, key = 'key', signal?: AbortSignal): Promise<void> => {
    const hold = await lock.acquire(key, signal);
    granted.push(name);
    holds.set(name, hold);
  };
  const release = async (name: string): Promise<void> => {
    holds.get(name)?.[Symbol.dispose]();
    await turnOfTheLoop();
  };
  return { granted, ask, release };
}

describe('KeyedLock', () => {
  it('takes a free key before acquire returns', () => {
    const lock = new KeyedLock();
    void lock.acquire('key');
    expect(lock.size).toBe(1);
  });

  it('grants a free key to tryAcquire at once, and never a key that is held or handed on', async () => {
    const lock = new KeyedLock();
    const hold = lock.tryAcquire('key');
    expect(hold).toBeDefined();
    expect(lock.tryAcquire('key')).toBeUndefined();
    const waiting = lock.acquire('key');
    hold?.[Symbol.dispose]();
    expect(lock.tryAcquire('key')).toBeUndefined();
    (await waiting)[Symbol.dispose]();
    expect(lock.tryAcquire('key')).toBeDefined();
  });

  it('grants one key to its callers one by one, in the order of their requests', async () => {
    const { granted, ask, release } = asker(new KeyedLock());
    const asked = [ask('a'), ask('b'), ask('c')];
    await turnOfTheLoop();
    expect(granted).toEqual(['a']);
    await release('a');
    expect(granted).toEqual(['a', 'b']);
    await release('b');
    await Promise.all(asked);
    expect(granted).toEqual(['a', 'b', 'c']);
  });

  it('grants different keys at the same time', async () => {
    const { granted, ask } = asker(new KeyedLock());
    await Promise.all([ask('a', 'one'), ask('b', 'two')]);
    expect(granted).toEqual(['a', 'b']);
  });

  it('hands a released key to the caller that waits, not to one that asks in the same turn', async () => {
    const lock = new KeyedLock();
    const { granted, ask } = asker(lock);
    const first = await lock.acquire('key');
    const waiting = ask('waiting');
    first[Symbol.dispose]();
    void ask('late');
    await waiting;
    await turnOfTheLoop();
    expect(granted).toEqual(['waiting']);
  });

  it('is released by `using`, even when its block throws', async () => {
    const lock = new KeyedLock();
    const failing = async (): Promise<void> => {
      using hold = await lock.acquire('key');
      expect(hold).toBeDefined();
      throw reason;
    };
    await expect(failing()).rejects.toBe(reason);
    expect(lock.size).toBe(0);
  });

  it('keeps no entry for a key without a holder', async () => {
    const lock = new KeyedLock();
    const { ask, release } = asker(lock);
    const asked = [ask('a'), ask('b'), ask('c', 'other')];
    await turnOfTheLoop();
    expect(lock.size).toBe(2);
    await release('a');
    await release('c');
    expect(lock.size).toBe(1);
    await release('b');
    await Promise.all(asked);
    expect(lock.size).toBe(0);
  });

  it('ignores a second release, even while another caller holds the key', async () => {
    const { granted, ask, release } = asker(new KeyedLock());
    const [, second] = [ask('a'), ask('b')];
    void ask('c');
    await turnOfTheLoop();
    await release('a');
    await second;
    await release('a');
    expect(granted).toEqual(['a', 'b']);
  });
});

describe('KeyedLock with a signal', () => {
  it('rejects an aborted signal and locks nothing', async () => {
    const lock = new KeyedLock();
    await expect(lock.acquire('key', AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(lock.size).toBe(0);
  });

  it("rejects with the signal's reason when aborted in the queue, and the others move up", async () => {
    const { granted, ask, release } = asker(new KeyedLock());
    const controller = new AbortController();
    void ask('a');
    const aborted = ask('b', 'key', controller.signal);
    void ask('c');
    await turnOfTheLoop();
    controller.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    await release('a');
    expect(granted).toEqual(['a', 'c']);
  });

  it('keeps no entry for a key whose only waiter aborted', async () => {
    const lock = new KeyedLock();
    const controller = new AbortController();
    const hold = await lock.acquire('key');
    const aborted = lock.acquire('key', controller.signal);
    controller.abort(reason);
    hold[Symbol.dispose]();
    await expect(aborted).rejects.toBe(reason);
    expect(lock.size).toBe(0);
  });

  it('holds the key when the abort follows the grant, even in the same turn', async () => {
    const lock = new KeyedLock();
    const controller = new AbortController();
    const hold = await lock.acquire('key');
    const waiting = lock.acquire('key', controller.signal);
    hold[Symbol.dispose]();
    controller.abort(reason);
    const granted = await waiting;
    expect(lock.size).toBe(1);
    granted[Symbol.dispose]();
    expect(lock.size).toBe(0);
  });

  it('leaves no listener on the signal, whether granted or aborted', async () => {
    const lock = new KeyedLock();
    const [kept, aborted] = [new AbortController(), new AbortController()];
    const hold = await lock.acquire('key', kept.signal);
    const refused = lock.acquire('key', aborted.signal);
    const waiting = lock.acquire('key', kept.signal);
    expect(getEventListeners(kept.signal, 'abort')).toHaveLength(1);
    aborted.abort(reason);
    hold[Symbol.dispose]();
    await waiting;
    await expect(refused).rejects.toBe(reason);
    expect(getEventListeners(kept.signal, 'abort')).toHaveLength(0);
    expect(getEventListeners(aborted.signal, 'abort')).toHaveLength(0);
  });
});
