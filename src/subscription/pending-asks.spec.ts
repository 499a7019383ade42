import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { serviceRig } from '../../test/support/service-rig.js';

describe('PendingAsks', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const asking = (options = {}) => {
    const rig = serviceRig(options);
    const { connection } = rig.connect('alice');
    const ids: string[] = [];
    const settled = vi.fn<(outcome: unknown) => void>();
    const ask = (): Promise<unknown> => {
      const answer = rig.asks.ask([connection], 1000, (_connection, id) => ids.push(id));
      answer.then(settled, settled);
      return answer;
    };
    return { ...rig, connection, ids, ask, settled };
  };

  it('resolves each question with its own answer', async () => {
    const { ask, asks, connection, ids, wheel } = asking();
    const answers = [ask(), ask()];
    asks.answer(connection, ids[1] ?? '', 'second');
    asks.answer(connection, ids[0] ?? '', 'first');
    expect(await Promise.all(answers)).toEqual(['first', 'second']);
    expect(wheel.size).toBe(0);
  });

  it('ignores an answer of another connection, and one to an unknown question', async () => {
    const { ask, asks, connect, connection, ids, settled } = asking();
    void ask();
    asks.answer(connect('mallory').connection, ids[0] ?? '', 'foreign');
    asks.answer(connection, 'never asked', 'stray');
    await vi.advanceTimersByTimeAsync(0);
    expect(settled).not.toHaveBeenCalled();
  });

  it('rejects with REQUEST_TIMEOUT in time, after which an answer is harmless', async () => {
    const { ask, asks, connection, ids, settled } = asking();
    const answer = ask();
    const outcome = answer.catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(999);
    expect(settled).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(101);
    expect(await outcome).toMatchObject({ code: 'REQUEST_TIMEOUT' });
    asks.answer(connection, ids[0] ?? '', 'late');
    expect(settled).toHaveBeenCalledTimes(1);
  });

  it('takes the first of two answers', async () => {
    const { ask, asks, connection, ids } = asking();
    const answer = ask();
    asks.answer(connection, ids[0] ?? '', 'first');
    asks.answer(connection, ids[0] ?? '', 'again');
    expect(await answer).toBe('first');
  });

  it('rejects all questions to a connection that ends with CONNECTION_CLOSED', async () => {
    const { ask, table, connection, wheel } = asking();
    const outcomes = Promise.allSettled([ask(), ask()]);
    table.remove(connection);
    expect(await outcomes).toMatchObject([
      { reason: { code: 'CONNECTION_CLOSED' } },
      { reason: { code: 'CONNECTION_CLOSED' } },
    ]);
    expect(wheel.size).toBe(0);
  });

  it('rejects at once when the connection ends while the question is sent', async () => {
    const { asks, table, connection, wheel } = asking();
    await expect(asks.ask([connection], 1000, () => table.remove(connection))).rejects.toMatchObject({
      code: 'CONNECTION_CLOSED',
    });
    expect(wheel.size).toBe(0);
  });

  it('keeps nothing of a question that could not be sent', async () => {
    const { asks, connection, wheel } = asking();
    const send = (): never => {
      throw new RangeError('too large');
    };
    await expect(asks.ask([connection], 1000, send)).rejects.toThrow('too large');
    expect(wheel.size).toBe(0);
  });

  it('asks several connections under one id and takes the first answer of any', async () => {
    const { asks, connect, connection, wheel } = asking();
    const others = [connect('alice'), connect('alice')].map((client) => client.connection);
    const sent: [string, string][] = [];
    const answer = asks.ask([connection, ...others], 1000, ({ id }, correlationId) => sent.push([id, correlationId]));
    const id = sent[0]?.[1] ?? '';
    expect(sent).toEqual([connection, ...others].map((asked) => [asked.id, id]));
    for (const other of others) asks.answer(other, id, other.id);
    asks.answer(connection, id, 'late');
    expect(await answer).toBe(others[0]?.id);
    expect(wheel.size).toBe(0);
  });

  it('waits for the others when one of several ends, and gives up when the last does', async () => {
    const { asks, connect, connection, table, settled, wheel } = asking();
    const other = connect('alice').connection;
    const outcome = asks.ask([connection, other], 1000, () => {}).catch((error: unknown) => error);
    void outcome.then(settled);
    table.remove(connection);
    await vi.advanceTimersByTimeAsync(0);
    expect(settled).not.toHaveBeenCalled();
    table.remove(other);
    expect(await outcome).toMatchObject({ code: 'CONNECTION_CLOSED' });
    expect(wheel.size).toBe(0);
  });

  it('asks a connection at most broadcastBufferSize questions at a time, and then asks the others without it', async () => {
    const { ask, asks, connect, connection, ids } = asking({ broadcastBufferSize: 2 });
    const answers = [ask(), ask()];
    await expect(ask()).rejects.toMatchObject({ code: 'RATE_LIMIT_EXCEEDED', details: { max: 2 } });
    const other = connect('alice').connection;
    const asked: unknown[] = [];
    const both = asks.ask([connection, other], 1000, (...given) => asked.push(given));
    expect(asked).toEqual([[other, expect.any(String)]]);
    asks.answer(other, (asked as [unknown, string][])[0]?.[1] ?? '', 'other');
    for (const id of ids) asks.answer(connection, id, 'own');
    expect(await Promise.all([both, ...answers])).toEqual(['other', 'own', 'own']);
    const again = ask();
    asks.answer(connection, ids[2] ?? '', 'again');
    expect(await again).toBe('again');
  });
});
