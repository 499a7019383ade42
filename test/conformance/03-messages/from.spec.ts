import { describe, expect, it } from 'vitest';
import { range, subscribe } from '../../support/recover.js';
import { startApp, testAuth } from '../../support/test-app.js';

const OPEN = {
  ...testAuth,
  channels: {
    'kept*': { clientPublish: true, history: { size: 100, ttl: 600_000 } },
    'talk*': { clientPublish: true },
    'rooms:*': { clientPublish: true, presence: true, joinLeave: true },
    'cursor*': { clientPublish: true, overflow: 'latest' },
  },
} as const;

const start = async () => {
  const app = await startApp(OPEN);
  const [alice, bob] = [await app.connect('?token=token-alice'), await app.connect('?token=token-bob')];
  return { ...app, alice, bob };
};

const bySender = { user_id: 'alice' };

describe('the event of a client', () => {
  it.each(['talk', 'kept', 'cursor'])('names the user that published it: %s', async (channel) => {
    const { alice, bob } = await start();
    await bob.subscribe(channel);
    await alice.request('publish', { channel, data: 1 });
    const { metadata } = await bob.next('event');
    expect(metadata.from).toEqual(bySender);
  });

  it('names its publisher by the server alone, whatever the client sends', async () => {
    const { alice, bob } = await start();
    await bob.subscribe('talk');
    const from = { user_id: 'bob' };
    const params = {
      channel: 'talk',
      data: { from },
      from,
      user_id: 'bob',
      userId: 'bob',
      app: {},
      metadata: { from },
    };
    alice.send({
      type: 'request',
      data: { method: 'publish', params },
      correlation_id: 'p',
      metadata: { from, user_id: 'bob', app: { own: 1 } },
    });
    const event = await bob.next('event');
    expect(event.data).toEqual({ from });
    expect(event.metadata).toEqual({ channel: 'talk', timestamp: expect.any(Number) as number, from: bySender });
  });

  it('names its publisher in the history, for clients and for the application', async () => {
    const { alice, bob, subscriptions } = await start();
    await alice.request('publish', { channel: 'kept', data: 1 });
    await subscriptions.broadcast('kept', 2);
    for (const _ of range(1, 2)) {
      const { data } = await bob.request('history', { channel: 'kept' });
      const { events } = (data as unknown as { result: { events: { metadata: { from?: unknown } }[] } }).result;
      expect(events.map(({ metadata }) => metadata.from)).toEqual([bySender, undefined]);
    }
    const { events } = await subscriptions.history('kept');
    expect(events.map(({ metadata }) => metadata.from)).toEqual([bySender, undefined]);
  });

  it('names its publisher when it is recovered, also after the publisher is gone', async () => {
    const { alice, bob, connect } = await start();
    await alice.request('publish', { channel: 'kept', data: 1 });
    const { events } = resultOf(await bob.request('history', { channel: 'kept' }));
    alice.webSocket.close();
    await alice.closed;
    const late = await connect('?token=token-late');
    const since = { epoch: events[0]?.metadata['epoch'] as string, offset: 0 };
    await subscribe(late, { channel: 'kept', since });
    expect((await late.next('event')).metadata.from).toEqual(bySender);
  });

  it('does not tell the connection that published it', async () => {
    const { alice, bob, table } = await start();
    await bob.subscribe('talk');
    await alice.request('publish', { channel: 'talk', data: 1 });
    const text = JSON.stringify(await bob.next('event'));
    for (const { id } of table.ofUser('alice')) expect(text).not.toContain(id);
  });

  it('names an anonymous publisher too', async () => {
    const { connect, registry } = await startApp({ channels: { talk: { clientPublish: true } } });
    const client = await connect();
    await client.subscribe('talk');
    await client.request('publish', { channel: 'talk', data: 1 });
    expect((await client.next('event')).metadata.from).toEqual({ user_id: registry.list()[0]?.userId });
  });
});

describe('the event of the application', () => {
  it('has no `from`: in a channel, to a user, to a connection, of presence, and asked', async () => {
    const { bob, subscriptions, table } = await start();
    await subscribe(bob, { channel: 'rooms:1', join_leave: true }, 'talk');
    const [connection] = table.ofUser('bob');
    await subscriptions.broadcast('talk', 1);
    await subscriptions.sendToUser('bob', 2);
    await subscriptions.sendToConnection(connection?.id ?? '', 3);
    void subscriptions.ask({ user: 'bob' }, 4).catch(() => undefined);
    for (const _ of range(1, 5)) expect(Object.keys((await bob.next('event')).metadata)).not.toContain('from');
  });
});

interface Page {
  readonly events: readonly { readonly metadata: Readonly<Record<string, unknown>> }[];
}

function resultOf({ data }: { readonly data: object }): Page {
  expect(data).toMatchObject({ status: 'success' });
  return (data as { result: Page }).result;
}
