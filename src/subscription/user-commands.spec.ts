import { describe, expect, it } from 'vitest';
import type { FakeSocket } from '../../test/support/fake-socket.js';
import { serviceRig } from '../../test/support/service-rig.js';

const rigOf = async (...users: string[]) => {
  const rig = serviceRig();
  const clients = users.map((user) => rig.connect(user));
  for (const { connection } of clients) await rig.subscriptions.subscribe(connection.id, ['a', 'b']);
  return { ...rig, clients };
};

describe('a node that executes a revoke', () => {
  it('has done so before it returns', async () => {
    const { node, clients, subscriptions } = await rigOf('ann', 'ann', 'bob');
    expect(node.execute({ kind: 'revoke', userId: 'ann', channel: 'a' })).toBe(2);
    expect(clients.map(({ connection }) => subscriptions.subscriptionsOf(connection.id))).toEqual([
      ['b'],
      ['b'],
      ['a', 'b'],
    ]);
    expect(node.execute({ kind: 'revoke', userId: 'ann', channel: 'a' })).toBe(0);
  });

  it('closes a client that cannot be notified, and goes on with the others', async () => {
    const { node, clients, subscriptions, log } = await rigOf('ann', 'ann');
    const [first, second] = clients.map(({ socket }) => socket) as [FakeSocket, FakeSocket];
    first.send = () => {
      throw new RangeError('The message is over maxBufferedBytes.');
    };
    expect(node.execute({ kind: 'revoke', userId: 'ann', channel: undefined })).toBe(2);
    expect(first.closes).toMatchObject([{ code: 1011 }]);
    expect(second.sent).toMatchObject([{ type: 'unsubscribe_response', data: { unsubscribed: ['a', 'b'] } }]);
    expect(subscriptions.channels()).toEqual([]);
    expect(log.lines).toMatchObject([{ level: 'error', kind: 'revocation notice failed' }]);
  });
});

describe('a node that executes a disconnect', () => {
  it('has closed every connection of the user before it returns', async () => {
    const { node, clients, table } = await rigOf('ann', 'ann', 'bob');
    expect(node.execute({ kind: 'disconnect', userId: 'ann', code: 4505 })).toBe(2);
    expect(table.list().map(({ userId }) => userId)).toEqual(['bob']);
    expect(clients.map(({ socket }) => socket.closes.map(({ how, code }) => [how, code]))).toEqual([
      [['terminate', 4505]],
      [['terminate', 4505]],
      [],
    ]);
  });
});
