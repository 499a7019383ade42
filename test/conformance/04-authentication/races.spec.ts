import { describe, expect, it } from 'vitest';
import { LatchedAuthHandler } from '../../support/latched-auth-handler.js';
import { type TestApp, startApp } from '../../support/test-app.js';
import type { TestClient } from '../../support/test-client.js';

interface Race {
  readonly auth: LatchedAuthHandler;
  readonly app: TestApp;
  readonly client: TestClient;
  readonly id: string;
}

/** Alice has asked for a channel, and whether she may is still being found out. */
async function subscribing(channel = 'private-alice'): Promise<Race> {
  const auth = new LatchedAuthHandler();
  const app = await startApp({ ...auth.source, channels: { open: { clientPublish: true } } });
  const client = await app.connect('?token=token-alice');
  auth.permissions.close();
  client.send({ type: 'subscribe', data: { channels: [channel] }, correlation_id: 's' });
  await auth.permissions.reached();
  return { auth, app, client, id: app.registry.list()[0]?.id as string };
}

describe('a subscribe whose permission is being checked', () => {
  it('is dropped without an answer when the server closes the connection', async () => {
    const { auth, app, client, id } = await subscribing();
    void app.registry.disconnect(id);
    auth.permissions.open();
    expect((await client.closed).code).toBe(4505);
    expect(app.subscriptions.channels()).toEqual([]);
    expect(client.received.map(({ type }) => type)).toEqual(['auth_response']);
  });

  it('fails with REQUEST_CANCELLED when the application unsubscribes the connection', async () => {
    const { auth, app, client, id } = await subscribing();
    void app.subscriptions.unsubscribe(id, ['private-alice']);
    auth.permissions.open();
    expect(await client.next('subscribe_response')).toMatchObject({
      data: { success: false, subscribed: [], failed: [{ channel: 'private-alice', code: 'REQUEST_CANCELLED' }] },
    });
    expect(app.subscriptions.channels()).toEqual([]);
  });

  it('succeeds when another channel is unsubscribed', async () => {
    const { auth, app, client, id } = await subscribing();
    void app.subscriptions.unsubscribe(id, ['other']);
    auth.permissions.open();
    expect((await client.next('subscribe_response')).data.success).toBe(true);
    expect(app.subscriptions.subscriptionsOf(id)).toEqual(['private-alice']);
  });

  it("fails with PERMISSION_DENIED when the connection becomes another user's", async () => {
    const { auth, app, client } = await subscribing();
    const [connection] = app.table.list();
    if (connection !== undefined) app.table.identify(connection, { userId: 'bob' });
    auth.permissions.open();
    expect(await client.next('subscribe_response')).toMatchObject({
      data: { success: false, subscribed: [], failed: [{ channel: 'private-alice', code: 'PERMISSION_DENIED' }] },
    });
    expect(app.subscriptions.channels()).toEqual([]);
  });

  it('succeeds when only the token of the same user is renewed', async () => {
    const { auth, app, client, id } = await subscribing();
    const [connection] = app.table.list();
    if (connection !== undefined) app.table.identify(connection, { userId: 'alice', expiresAt: new Date(4e12) });
    auth.permissions.open();
    expect((await client.next('subscribe_response')).data.success).toBe(true);
    expect(app.subscriptions.subscriptionsOf(id)).toEqual(['private-alice']);
  });

  it('is refused and delivers nothing when its sender becomes another user', async () => {
    const auth = new LatchedAuthHandler();
    const app = await startApp({ ...auth.source, channels: { open: { clientPublish: true } } });
    const reader = await app.connect('?token=token-reader');
    await reader.subscribe('open');
    const client = await app.connect('?token=token-alice');
    auth.permissions.close();
    const published = client.request('publish', { channel: 'open', data: 1 });
    await auth.permissions.reached();
    const [connection] = app.table.ofUser('alice');
    if (connection !== undefined) app.table.identify(connection, { userId: 'bob' });
    auth.permissions.open();
    expect(await published).toMatchObject({ data: { status: 'error', error: { code: 'PERMISSION_DENIED' } } });
    await reader.settle();
    expect(reader.received.filter(({ type }) => type === 'event')).toEqual([]);
  });
});

describe('a token that is being checked', () => {
  it('does not take back a connection that the application has given to another user', async () => {
    const auth = new LatchedAuthHandler();
    const app = await startApp(auth.source);
    const client = await app.connect();
    auth.tokens.close();
    client.send({ type: 'auth', data: { token: 'token-alice' } });
    await auth.tokens.reached();
    const [connection] = app.table.list();
    if (connection !== undefined) app.table.identify(connection, { userId: 'bob' });
    auth.tokens.open();
    await client.settle();
    expect(connection?.userId).toBe('bob');
    expect(app.registry.ofUser('alice')).toHaveLength(0);
  });
});
