import { describe, expect, it } from 'vitest';
import type { FakeSocket } from '../../test/support/fake-socket.js';
import { LatchedAuthHandler } from '../../test/support/latched-auth-handler.js';
import { type Client, serviceRig } from '../../test/support/service-rig.js';
import type { AuthHandler } from '../auth/index.js';
import { type CommandOutcome, MemoryBackplane } from '../backplane/index.js';

const rigOf = async (...users: string[]) => {
  const rig = serviceRig();
  const clients = users.map((user) => rig.connect(user));
  for (const { connection } of clients) await rig.subscriptions.subscribe(connection.id, ['a', 'b']);
  return { ...rig, clients };
};

describe('a node that executes a revoke', () => {
  it('has done so before it returns', async () => {
    const { node, clients, subscriptions } = await rigOf('ann', 'ann', 'bob');
    expect(node.execute({ kind: 'revoke', userId: 'ann', channel: 'a' })).toEqual({ affected: 2 });
    expect(clients.map(({ connection }) => subscriptions.subscriptionsOf(connection.id))).toEqual([
      ['b'],
      ['b'],
      ['a', 'b'],
    ]);
    expect(node.execute({ kind: 'revoke', userId: 'ann', channel: 'a' })).toEqual({ affected: 0 });
  });

  it('closes a client that cannot be notified, and goes on with the others', async () => {
    const { node, clients, subscriptions, log } = await rigOf('ann', 'ann');
    const [first, second] = clients.map(({ socket }) => socket) as [FakeSocket, FakeSocket];
    first.send = () => {
      throw new RangeError('The message is over maxBufferedBytes.');
    };
    expect(node.execute({ kind: 'revoke', userId: 'ann', channel: undefined })).toEqual({ affected: 2 });
    expect(first.closes).toMatchObject([{ code: 1011 }]);
    expect(second.sent.at(-1)).toMatchObject({ type: 'unsubscribe_response', data: { unsubscribed: ['a', 'b'] } });
    expect(subscriptions.channels()).toEqual([]);
    expect(log.lines).toMatchObject([{ level: 'error', kind: 'unsubscribe notice failed' }]);
  });
});

describe('a node that executes a subscribe', () => {
  const withUsers = (count: number, handler?: AuthHandler) => {
    const rig = serviceRig({}, handler);
    return { ...rig, clients: Array.from({ length: count }, () => rig.connect('ann')) };
  };

  it('asks for the permissions of at most 100 connections at a time', async () => {
    const handler = new LatchedAuthHandler();
    handler.permissions.close();
    const { node } = withUsers(250, handler);
    const done = node.execute({ kind: 'subscribe', userId: 'ann', channels: ['a'] });
    for (const waiting of [100, 100, 50]) {
      await handler.permissions.reached(waiting);
      expect(handler.permissions.waiting).toBe(waiting);
      handler.permissions.open();
      handler.permissions.close();
    }
    expect(await done).toEqual({ affected: 250 });
  });

  it('subscribes nobody whose turn had not come when the user was unsubscribed', async () => {
    const handler = new LatchedAuthHandler();
    handler.permissions.close();
    const { node, subscriptions, subscribing } = withUsers(150, handler);
    const done = node.execute({ kind: 'subscribe', userId: 'ann', channels: ['a'] });
    await handler.permissions.reached(100);
    expect(node.execute({ kind: 'unsubscribe', userId: 'ann', channels: ['a'] })).toEqual({ affected: 0 });
    handler.permissions.open();
    expect(await done).toEqual({ affected: 0 });
    expect(subscriptions.channels()).toEqual([]);
    expect(subscribing.size).toBe(0);
  });

  it('goes on with the others where a client cannot be told, which is not subscribed then', async () => {
    const { node, clients, subscriptions, log } = withUsers(2);
    const [first] = clients as [Client, Client];
    first.socket.send = () => {
      throw new RangeError('The message is over maxBufferedBytes.');
    };
    expect(await node.execute({ kind: 'subscribe', userId: 'ann', channels: ['a'] })).toEqual({ affected: 1 });
    expect(subscriptions.subscriptionsOf(first.connection.id)).toEqual([]);
    expect(log.lines).toMatchObject([{ level: 'error', kind: 'connection could not be subscribed' }]);
  });
});

describe('a node that executes a disconnect', () => {
  it('has closed every connection of the user before it returns', async () => {
    const { node, clients, table } = await rigOf('ann', 'ann', 'bob');
    expect(node.execute({ kind: 'disconnect', userId: 'ann', code: 4505 })).toEqual({ affected: 2 });
    expect(table.list().map(({ userId }) => userId)).toEqual(['bob']);
    expect(clients.map(({ socket }) => socket.closes.map(({ how, code }) => [how, code]))).toEqual([
      [['terminate', 4505]],
      [['terminate', 4505]],
      [],
    ]);
  });
});

describe('a command that a node has not confirmed', () => {
  class HalfDeaf extends MemoryBackplane {
    override async dispatch(): Promise<CommandOutcome> {
      return { affected: 3, unconfirmed: 2, replies: [] };
    }
  }
  const rig = () => serviceRig({}, undefined, { backplane: new HalfDeaf(1_000_000) });

  it.each(['revoke', 'disconnectUser', 'subscribeUser', 'unsubscribeUser'] as const)(
    'makes %s reject, with the number of nodes',
    async (method) => {
      const { subscriptions } = rig();
      const done =
        method === 'subscribeUser' || method === 'unsubscribeUser'
          ? subscriptions[method]('ann', ['a'])
          : subscriptions[method]('ann');
      await expect(done).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        details: { unconfirmed: 2, retry_after_ms: expect.any(Number) as number },
      });
    },
  );

  it('does not hold back an event to a user or to all: those that answered count', async () => {
    const { subscriptions } = rig();
    expect(await subscriptions.sendToUser('ann', 1)).toEqual({ delivered: 3 });
    expect(await subscriptions.sendToAll(1)).toEqual({ delivered: 3 });
  });

  it('makes sendToConnection reject: whether the event arrives is unknown', async () => {
    await expect(rig().subscriptions.sendToConnection('node0002.c1', 1)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      outcome: 'unknown',
    });
  });
});
