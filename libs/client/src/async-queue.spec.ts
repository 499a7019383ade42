import { describe, expect, it, vi } from 'vitest';
import { createAsyncQueue } from './async-queue.js';

const queue = (limit = 2, onOverflow: 'error' | 'oldest' = 'error') => {
  const onReturn = vi.fn<() => void>();
  return { onReturn, ...createAsyncQueue<number>(limit, onOverflow, onReturn) };
};

describe('an async queue', () => {
  it('gives values in order, whether the reader or the value comes first', async () => {
    const { iterator, push } = queue();
    const early = iterator.next();
    push(1);
    push(2);
    expect([await early, await iterator.next()]).toEqual([
      { done: false, value: 1 },
      { done: false, value: 2 },
    ]);
  });

  it('gives what waits before its end, and its error once', async () => {
    const { iterator, push, end } = queue();
    push(1);
    end(new Error('over'));
    end(new Error('later'));
    push(2);
    expect(await iterator.next()).toEqual({ done: false, value: 1 });
    await expect(iterator.next()).rejects.toThrow('over');
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it('ends readers that wait', async () => {
    const { iterator, end } = queue();
    const waiting = [iterator.next(), iterator.next()];
    end();
    expect((await Promise.all(waiting)).map(({ done }) => done)).toEqual([true, true]);
  });

  it('fails beyond its limit, and says so to its owner', async () => {
    const { iterator, push, onReturn } = queue();
    for (const value of [1, 2, 3]) push(value);
    expect(onReturn).toHaveBeenCalledOnce();
    const seen: number[] = [];
    const read = async (): Promise<void> => {
      for await (const value of { [Symbol.asyncIterator]: () => iterator }) seen.push(value);
    };
    await expect(read()).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    expect(seen).toEqual([1, 2, 3]);
  });

  it('drops the oldest value beyond its limit, where it was asked to', async () => {
    const { iterator, push, onReturn } = queue(2, 'oldest');
    for (const value of [1, 2, 3]) push(value);
    expect(await iterator.next()).toEqual({ done: false, value: 2 });
    expect(onReturn).not.toHaveBeenCalled();
  });

  it('tells its owner that the reader has left, and keeps nothing', async () => {
    const { iterator, push, onReturn } = queue();
    push(1);
    await iterator.return?.();
    expect(onReturn).toHaveBeenCalledOnce();
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });
});
