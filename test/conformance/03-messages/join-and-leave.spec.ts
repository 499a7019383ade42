import { AuthHandler, type ChannelAction, type Identity } from '@skreaver/nestjs-ws';
import type { ChannelRequest } from '@skreaver/protocol';
import { describe, expect, it, vi } from 'vitest';
import { encodings, speak } from '../../support/encodings.js';
import { type TestApp, startApp } from '../../support/test-app.js';
import type { MessageOf, TestClient } from '../../support/test-client.js';

const channels = {
  room: { presence: true, joinLeave: true },
  kept: { presence: true, joinLeave: true, history: { size: 10, ttl: 60_000 } },
  silent: { presence: true },
};

/** The token is the user's name. Mallory may not know who is where. */
class RoomHandler extends AuthHandler {
  override authenticate(token: string): Identity {
    return { userId: token, info: `I am ${token}` };
  }
  override checkPermission(userId: string, _channel: string, action: ChannelAction): boolean {
    return userId !== 'mallory' || action !== 'presence';
  }
}

const start = (presenceLeaveDelay = 200) =>
  startApp({ authHandler: { useClass: RoomHandler }, channels, presenceLeaveDelay });

const ask = async (client: TestClient, ...requests: ChannelRequest[]) =>
  (await client.ask({ type: 'subscribe', data: { channels: requests } })) as MessageOf<'subscribe_response'>;

const enter = async (app: TestApp, user: string, request: ChannelRequest = 'room') => {
  const client = await app.connect(`?token=${user}`);
  await ask(client, request);
  return client;
};

const watching = { channel: 'room', join_leave: true } as const;

/** `kind user` of each presence event, `event` for all others. */
const told = (client: TestClient) =>
  client.received.flatMap((message) => {
    if (message.type !== 'event') return [];
    const { kind } = message.metadata;
    return kind === undefined ? ['event'] : [`${kind} ${(message.data as { user_id: string }).user_id}`];
  });

describe.each(encodings)('a subscriber with join_leave, in %s', (_encoding, protocols) => {
  speak(protocols);

  it('gets an event when a user joins and when a user has left', async () => {
    const app = await start();
    const watcher = await enter(app, 'ann', watching);
    const client = await enter(app, 'bob');
    const data = { user_id: 'bob', info: 'I am bob' };
    const timestamp = expect.any(Number) as number;
    await watcher.next('event');
    expect(await watcher.next('event')).toEqual({
      type: 'event',
      data,
      metadata: { channel: 'room', timestamp, kind: 'join' },
    });
    client.webSocket.terminate();
    expect(await watcher.next('event')).toEqual({
      type: 'event',
      data,
      metadata: { channel: 'room', timestamp, kind: 'leave' },
    });
  });

  it('gets its own join, after the answer to its subscribe', async () => {
    const app = await start();
    const watcher = await enter(app, 'ann', watching);
    await watcher.settle();
    expect(told(watcher)).toEqual(['join ann']);
    expect(watcher.received.map(({ type }) => type)).toEqual(['auth_response', 'subscribe_response', 'event', 'pong']);
  });

  it('gets nothing for further connections of a user, nor for a user who returns within the delay', async () => {
    const app = await start(1500);
    const watcher = await enter(app, 'ann', watching);
    const first = await enter(app, 'bob');
    await enter(app, 'bob');
    first.webSocket.close();
    await first.closed;
    const other = await enter(app, 'eve');
    other.webSocket.close();
    await other.closed;
    await enter(app, 'eve');
    const last = await enter(app, 'zoe');
    last.webSocket.close();
    await vi.waitFor(() => expect(told(watcher).at(-1)).toBe('leave zoe'), { timeout: 20_000 });
    expect(told(watcher)).toEqual(['join ann', 'join bob', 'join eve', 'join zoe', 'leave zoe']);
  });

  it('gets joins and leaves among the events, of which other subscribers get only the events', async () => {
    const app = await start();
    const watcher = await enter(app, 'ann', watching);
    const plain = await enter(app, 'bob');
    await app.subscriptions.broadcast('room', 1);
    await enter(app, 'eve');
    await app.subscriptions.broadcast('room', 2);
    for (const client of [watcher, plain]) await client.settle();
    expect(told(watcher)).toEqual(['join ann', 'join bob', 'event', 'join eve', 'event']);
    expect(told(plain)).toEqual(['event', 'event']);
  });

  it('gets no more joins and leaves after a subscribe without join_leave, and gets them again with it', async () => {
    const app = await start();
    const watcher = await enter(app, 'ann', watching);
    await ask(watcher, 'room');
    await enter(app, 'bob');
    await ask(watcher, { channel: 'room', join_leave: false });
    await enter(app, 'eve');
    await ask(watcher, watching);
    await enter(app, 'zoe');
    await watcher.settle();
    expect(told(watcher)).toEqual(['join ann', 'join bob', 'join zoe']);
  });

  it('needs the permission presence, and otherwise is not subscribed', async () => {
    const app = await start();
    const client = await app.connect('?token=mallory');
    expect((await ask(client, watching)).data).toMatchObject({
      success: false,
      subscribed: [],
      failed: [{ channel: 'room', code: 'PERMISSION_DENIED' }],
    });
    expect((await ask(client, 'room')).data.success).toBe(true);
  });

  it('gets no joins and leaves in a channel without joinLeave', async () => {
    const app = await start();
    const watcher = await enter(app, 'ann', { channel: 'silent', join_leave: true });
    await enter(app, 'bob', 'silent');
    await watcher.settle();
    expect(told(watcher)).toEqual([]);
  });
});

describe.each(encodings)('joins and leaves, in %s', (_encoding, protocols) => {
  speak(protocols);

  it('take no position in a channel with history and are not kept', async () => {
    const app = await start();
    const watcher = await enter(app, 'ann', { channel: 'kept', join_leave: true });
    expect((await watcher.next('event')).metadata).not.toHaveProperty('offset');
    expect(await app.subscriptions.broadcast('kept', 1)).toMatchObject({ offset: 1 });
    expect((await app.subscriptions.history('kept')).events.map(({ data }) => data)).toEqual([1]);
  });
});
