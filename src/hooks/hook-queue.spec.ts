import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { HookQueue } from './hook-queue.js';

/** Calls that end when they are told to. */
function heldCalls(count: number) {
  const ends: (() => void)[] = [];
  const calls = Array.from({ length: count }, () => () => new Promise<void>((resolve) => void ends.push(resolve)));
  return { calls, ends };
}

describe('a queue of hook calls', () => {
  it('begins in a later turn, and runs one call after the other', async () => {
    const { calls, ends } = heldCalls(2);
    const onDone = vi.fn<() => void>();
    const queue = new HookQueue(calls, onDone);
    await Promise.resolve();
    expect(ends).toHaveLength(0);
    await nextTurn();
    expect(ends).toHaveLength(1);
    ends[0]?.();
    await vi.waitFor(() => expect(ends).toHaveLength(2), 20_000);
    expect(onDone).not.toHaveBeenCalled();
    ends[1]?.();
    await queue.done;
    expect(onDone).toHaveBeenCalledTimes(1);
  });

  it('has no room while 64 calls wait, and has it again when one of them begins', async () => {
    const { calls, ends } = heldCalls(65);
    const queue = new HookQueue(calls.slice(0, 63), () => {});
    expect(queue.whenRoom()).toBeUndefined();
    queue.add(calls.slice(63));
    await nextTurn();
    const room = queue.whenRoom();
    const isThere = vi.fn<() => void>();
    void room?.then(isThere);
    await nextTurn();
    expect(room).toBeInstanceOf(Promise);
    expect(queue.whenRoom()).toBe(room);
    expect(isThere).not.toHaveBeenCalled();
    ends[0]?.();
    await room;
    expect(queue.whenRoom()).toBeUndefined();
  });
});
