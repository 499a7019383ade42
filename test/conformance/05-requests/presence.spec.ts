import { AuthHandler, Backplane, type ChannelAction, type Identity } from '@skreaver/nestjs-ws';
import { describe, expect, it, vi } from 'vitest';
import { presenceUpdate } from '../../support/backplane/presence-update.js';
import { Latch } from '../../support/latch.js';
import { startApp } from '../../support/test-app.js';

const channels = { room: { presence: true }, 'hidden-*': { presence: true } };

/** The token is the user's name. Nobody may know the members of channels that begin with `hidden-`. */
class RoomHandler extends AuthHandler {
  readonly permissions = new Latch();
  readonly asked: ChannelAction[] = [];
  readonly source = { authHandler: { useFactory: (): AuthHandler => this }, channels };

  override authenticate(token: string): Identity {
    return { userId: token, info: { name: token.toUpperCase() } };
  }
  override async checkPermission(_userId: string, channel: string, action: ChannelAction): Promise<boolean> {
    this.asked.push(action);
    if (action === 'presence') await this.permissions.wait();
    return action !== 'presence' || !channel.startsWith('hidden-');
  }
}

describe('the request presence', () => {
  it('lists each user of the channel once, with the number of connections and the info', async () => {
    const { connect } = await startApp(new RoomHandler().source);
    const clients = [await connect('?token=ann'), await connect('?token=ann'), await connect('?token=bob')];
    for (const client of clients) await client.subscribe('room');
    const outsider = await connect('?token=eve');
    expect((await outsider.request('presence', { channel: 'room' })).data).toEqual({
      status: 'success',
      result: {
        members: [
          { user_id: 'ann', connections: 2, info: { name: 'ANN' } },
          { user_id: 'bob', connections: 1, info: { name: 'BOB' } },
        ],
      },
    });
    expect((await outsider.request('presence_stats', { channel: 'room' })).data).toEqual({
      status: 'success',
      result: { connections: 3, users: 2 },
    });
  });

  it('returns no info for a user for whom the AuthHandler has none', async () => {
    const { connect, registry } = await startApp({ channels });
    const client = await connect();
    await client.subscribe('room');
    const user_id = registry.list()[0]?.userId;
    expect((await client.request('presence', { channel: 'room' })).data).toEqual({
      status: 'success',
      result: { members: [{ user_id, connections: 1 }] },
    });
  });

  it('lists a member without connections until presenceLeaveDelay has passed', async () => {
    const { connect, subscriptions } = await startApp({ ...new RoomHandler().source, presenceLeaveDelay: 400 });
    const client = await connect('?token=ann');
    await client.subscribe('room');
    client.webSocket.terminate();
    await vi.waitFor(
      async () => expect((await subscriptions.presence('room')).members[0]?.connections).toBe(0),
      20_000,
    );
    await vi.waitFor(async () => expect((await subscriptions.presence('room')).members).toEqual([]), {
      timeout: 20_000,
    });
  });

  it('cuts the list at 1,000 members, and says so', async () => {
    const { connect, subscriptions, app } = await startApp({ channels });
    for (let user = 0; user < 1001; user += 1)
      await app.get(Backplane).present(presenceUpdate('room', `user-${user}`, 1));
    const client = await connect();
    const { data } = await client.request('presence', { channel: 'room' });
    const { members, truncated } = (data as { result: { members: unknown[]; truncated?: boolean } }).result;
    expect([members.length, truncated]).toEqual([1000, true]);
    expect((await subscriptions.presenceStats('room')).users).toBe(1001);
  });

  it('needs the permission presence, and not that of subscribing', async () => {
    const handler = new RoomHandler();
    const { connect } = await startApp(handler.source);
    const client = await connect('?token=ann');
    for (const method of ['presence', 'presence_stats']) {
      expect((await client.request(method, { channel: 'hidden-room' })).data).toMatchObject({
        status: 'error',
        error: { code: 'PERMISSION_DENIED', details: { channel: 'hidden-room' } },
      });
    }
    expect(handler.asked).toEqual(['presence', 'presence']);
  });

  it('is refused when the user changes while the permission is being checked', async () => {
    const handler = new RoomHandler();
    const { connect, table } = await startApp(handler.source);
    const client = await connect('?token=ann');
    handler.permissions.close();
    const answer = client.request('presence', { channel: 'room' });
    await handler.permissions.reached();
    for (const connection of table.list()) table.identify(connection, { userId: 'bob' });
    handler.permissions.open();
    expect((await answer).data).toMatchObject({ status: 'error', error: { code: 'PERMISSION_DENIED' } });
  });

  it.each([
    [{}, 'INVALID_PARAMS'],
    [null, 'INVALID_PARAMS'],
    [{ channel: 7 }, 'INVALID_PARAMS'],
    [{ channel: 'no good' }, 'INVALID_CHANNEL'],
    [{ channel: 'without-presence' }, 'INVALID_PARAMS'],
  ])('is answered to params %j with %s', async (params, code) => {
    const { connect } = await startApp({ channels });
    const client = await connect();
    for (const method of ['presence', 'presence_stats']) {
      expect((await client.request(method, params)).data).toMatchObject({ status: 'error', error: { code } });
    }
  });
});
