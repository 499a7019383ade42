import { describe, expect, it, vi } from 'vitest';
import { serviceRig } from '../../test/support/service-rig.js';
import type { ClientConnection } from '../connection/index.js';

/** A rig with a connection that is asked; `sent` and `withdrawn` have the connections of each question, by its id. */
const asking = (options = {}) => {
  const rig = serviceRig(options);
  const { connection } = rig.connect('alice');
  const withdrawal = new AbortController();
  const sent = new Map<string, ClientConnection[]>();
  const withdrawn = new Map<string, readonly ClientConnection[]>();
  const ask = (id: string, connections: readonly ClientConnection[] = [connection]) =>
    rig.asks.ask(connections, id, withdrawal.signal, {
      send: (asked) => sent.set(id, [...asked]),
      withdraw: (left) => withdrawn.set(id, left),
    });
  const pending = (): number => (Reflect.get(rig.asks, 'asks') as ReadonlyMap<unknown, unknown>).size;
  return { ...rig, connection, withdrawal, sent, withdrawn, ask, pending };
};

describe('PendingAsks', () => {
  it('resolves each question with its own answer', async () => {
    const { ask, asks, connection, pending } = asking();
    const answers = [ask('1'), ask('2')];
    asks.answer(connection, '2', 'second');
    asks.answer(connection, '1', 'first');
    expect(await Promise.all(answers)).toMatchObject([{ answer: { data: 'first' } }, { answer: { data: 'second' } }]);
    expect(pending()).toBe(0);
  });

  it('ignores an answer of another connection, and one to an unknown question', async () => {
    const { ask, asks, connect, connection } = asking();
    const answer = ask('1');
    asks.answer(connect('mallory').connection, '1', 'foreign');
    asks.answer(connection, 'never asked', 'stray');
    asks.answer(connection, '1', 'own');
    expect(await answer).toMatchObject({ answer: { data: 'own' } });
  });

  it('takes the first of two answers', async () => {
    const { ask, asks, connection } = asking();
    const answer = ask('1');
    asks.answer(connection, '1', 'first');
    asks.answer(connection, '1', 'again');
    expect(await answer).toMatchObject({ answer: { data: 'first' } });
  });

  it('resolves all questions to a connection that ends, without an answer', async () => {
    const { ask, table, connection, pending } = asking();
    const outcomes = Promise.all([ask('1'), ask('2')]);
    table.remove(connection);
    expect(await outcomes).toEqual([
      { asked: 1, refused: 0 },
      { asked: 1, refused: 0 },
    ]);
    expect(pending()).toBe(0);
  });

  it('resolves at once when the connection ends while the question is sent', async () => {
    const { asks, table, connection, withdrawal, pending } = asking();
    const asked = asks.ask([connection], '1', withdrawal.signal, {
      send: () => table.remove(connection),
      withdraw: () => {},
    });
    expect(await asked).toEqual({ asked: 1, refused: 0 });
    expect(pending()).toBe(0);
  });

  it('asks several connections in one call and takes the first answer of any', async () => {
    const { ask, asks, connect, connection, sent, pending } = asking();
    const others = [connect('alice'), connect('alice')].map((client) => client.connection);
    const answer = ask('1', [connection, ...others]);
    expect(sent.get('1')).toEqual([connection, ...others]);
    for (const other of others) asks.answer(other, '1', other.id);
    asks.answer(connection, '1', 'late');
    expect(await answer).toMatchObject({ answer: { data: others[0]?.id } });
    expect(pending()).toBe(0);
  });

  it('waits for the others when one of several ends, and gives up when the last does', async () => {
    const { ask, connect, connection, table, pending } = asking();
    const other = connect('alice').connection;
    const settled = vi.fn<(outcome: unknown) => void>();
    const outcome = ask('1', [connection, other]);
    void outcome.then(settled);
    table.remove(connection);
    await new Promise((resolve) => setImmediate(resolve));
    expect(settled).not.toHaveBeenCalled();
    table.remove(other);
    expect(await outcome).toEqual({ asked: 2, refused: 0 });
    expect(pending()).toBe(0);
  });

  it('keeps nothing of a question that is withdrawn, and ignores its answer', async () => {
    const { ask, asks, connect, connection, withdrawal, pending } = asking();
    const asked = ask('1', [connection, connect('alice').connection]);
    withdrawal.abort();
    expect(pending()).toBe(0);
    asks.answer(connection, '1', 'late');
    expect(await asked).toEqual({ asked: 2, refused: 0 });
  });

  it('withdraws an answered question from the others, and not from who answered or has ended', async () => {
    const { ask, asks, connect, connection, table, withdrawn } = asking();
    const [slow, gone] = [connect('alice').connection, connect('alice').connection];
    const answer = ask('1', [connection, slow, gone]);
    table.remove(gone);
    asks.answer(connection, '1', 'yes');
    await answer;
    expect(withdrawn.get('1')).toEqual([slow]);
    asks.answer(slow, '1', 'late');
    expect(withdrawn.size).toBe(1);
  });

  it('withdraws from all a question whose signal aborts, and from nobody one that the only one asked answered', async () => {
    const { ask, asks, connect, connection, withdrawal, withdrawn } = asking();
    const other = connect('alice').connection;
    const answered = ask('1');
    asks.answer(connection, '1', 'yes');
    await answered;
    const aborted = ask('2', [connection, other]);
    withdrawal.abort();
    await aborted;
    expect([...withdrawn]).toEqual([['2', [connection, other]]]);
  });

  it('sends no question that was withdrawn before it came', async () => {
    const { ask, withdrawal, sent } = asking();
    withdrawal.abort();
    expect(await ask('1')).toEqual({ asked: 0, refused: 0 });
    expect(sent.size).toBe(0);
  });

  it('leaves nothing at the signal of a question that is settled', async () => {
    const { ask, asks, connection, withdrawal } = asking();
    const removed = vi.spyOn(withdrawal.signal, 'removeEventListener');
    const added = vi.spyOn(withdrawal.signal, 'addEventListener');
    const answer = ask('1');
    asks.answer(connection, '1', 'yes');
    await answer;
    expect(removed.mock.calls.map(([, listener]) => listener)).toEqual(
      added.mock.calls.map(([, listener]) => listener),
    );
  });

  it('asks a connection at most broadcastBufferSize questions at a time, and then asks the others without it', async () => {
    const { ask, asks, connect, connection, sent } = asking({ broadcastBufferSize: 2 });
    const answers = [ask('1'), ask('2')];
    expect(await ask('3')).toEqual({ asked: 0, refused: 1 });
    const other = connect('alice').connection;
    const both = ask('4', [connection, other]);
    expect(sent.get('4')).toEqual([other]);
    asks.answer(other, '4', 'other');
    for (const id of ['1', '2']) asks.answer(connection, id, 'own');
    expect(await Promise.all([both, ...answers])).toMatchObject(
      ['other', 'own', 'own'].map((data) => ({ answer: { data } })),
    );
    const again = ask('5');
    asks.answer(connection, '5', 'again');
    expect(await again).toMatchObject({ answer: { data: 'again' } });
  });
});
