import { setTimeout as after } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { startApp, testAuth } from '../../support/test-app.js';
import type { TestClient } from '../../support/test-client.js';

const config = { ...testAuth, expiryGrace: 300 };

async function expiryOf(client: TestClient): Promise<number> {
  const { data } = await client.next('auth_response');
  return (data as { expires_at: number }).expires_at;
}

describe('a session that ends', () => {
  it('closes the connection with 4004 expiryGrace after expires_at, within 1 s and not before', async () => {
    const { connect, registry } = await startApp(config);
    const client = await connect('?token=expires-200-alice');
    const due = (await expiryOf(client)) + config.expiryGrace;
    expect(await client.closed).toEqual({ code: 4004, reason: 'SESSION_EXPIRED' });
    // Two clocks are compared, of which one counts whole milliseconds.
    expect(Date.now()).toBeGreaterThanOrEqual(due - 2);
    expect(Date.now()).toBeLessThan(due + 1000);
    expect(registry.list()).toHaveLength(0);
  });

  it('allows everything in the grace period', async () => {
    const { connect, subscriptions } = await startApp({ ...testAuth, expiryGrace: 5000 });
    const client = await connect('?token=expires-1-alice');
    await after(Math.max(0, (await expiryOf(client)) - Date.now()) + 5);
    expect((await client.subscribe('news')).data.success).toBe(true);
    await subscriptions.broadcast('news', 1);
    expect((await client.next('event')).data).toBe(1);
  });

  it('closes the connection with 4004 at once when it ended long ago', async () => {
    const { connect } = await startApp(config);
    const client = await connect('?token=expires--60000-alice');
    expect(await client.closed).toEqual({ code: 4004, reason: 'SESSION_EXPIRED' });
  });

  it('closes the connection also where the token came in a message', async () => {
    const { connect } = await startApp(config);
    const client = await connect();
    client.send({ type: 'auth', data: { token: 'expires-100-alice' } });
    expect(await client.closed).toEqual({ code: 4004, reason: 'SESSION_EXPIRED' });
  });
});

describe('a second auth of the same user', () => {
  it('renews the expiry, even in the grace period, and the connection outlives the first token', async () => {
    const { connect } = await startApp(config);
    const client = await connect('?token=expires-100-alice');
    const due = (await expiryOf(client)) + config.expiryGrace;
    await after(150);
    const answer = await client.ask({ type: 'auth', data: { token: 'expires-60000-alice' } });
    expect(answer).toMatchObject({ data: { success: true, user_id: 'alice' } });
    expect((answer.data as { expires_at: number }).expires_at).toBeGreaterThan(due + 30_000);
    await after(due + 200 - Date.now());
    await client.settle();
    expect(client.webSocket.readyState).toBe(client.webSocket.OPEN);
  });

  it('may shorten the session', async () => {
    const { connect } = await startApp(config);
    const client = await connect('?token=expires-60000-alice');
    await client.ask({ type: 'auth', data: { token: 'expires-50-alice' } });
    expect(await client.closed).toEqual({ code: 4004, reason: 'SESSION_EXPIRED' });
  });

  it('removes the expiry where the new token has none', async () => {
    const { connect } = await startApp(config);
    const client = await connect('?token=expires-50-alice');
    const answer = await client.ask({ type: 'auth', data: { token: 'token-alice' } });
    expect(answer.data).not.toHaveProperty('expires_at');
    await after(600);
    await client.settle();
    expect(client.webSocket.readyState).toBe(client.webSocket.OPEN);
  });

  it('keeps the subscriptions and the connection id', async () => {
    const { connect, subscriptions } = await startApp(config);
    const client = await connect('?token=token-alice');
    const before = (await client.next('auth_response')).data;
    await client.subscribe('news', 'private-alice');
    const answer = await client.ask({ type: 'auth', data: { token: 'token-alice' } });
    expect(answer.data).toEqual(before);
    await subscriptions.broadcast('private-alice', 'still here');
    expect((await client.next('event')).data).toBe('still here');
  });
});

describe('a second auth of another user', () => {
  it('is refused like a bad token, and changes nothing', async () => {
    const { connect, registry, subscriptions } = await startApp(config);
    const client = await connect('?token=token-alice');
    await client.subscribe('private-alice');
    const other = await client.ask({ type: 'auth', data: { token: 'token-bob' } });
    const bad = await client.ask({ type: 'auth', data: { token: 'bad' } });
    expect(other).toMatchObject({ data: { success: false, error: { code: 'AUTHENTICATION_FAILED' } } });
    expect(other.data).toEqual(bad.data);
    expect(registry.ofUser('bob')).toHaveLength(0);
    expect(registry.ofUser('alice')).toHaveLength(1);
    await subscriptions.broadcast('private-alice', 1);
    expect((await client.next('event')).data).toBe(1);
  });

  it('closes the connection with 4500 at the third attempt', async () => {
    const { connect } = await startApp(config);
    const client = await connect('?token=token-alice');
    for (let count = 0; count < 3; count += 1) client.send({ type: 'auth', data: { token: 'token-bob' } });
    expect(await client.closed).toEqual({ code: 4500, reason: 'AUTHENTICATION_FAILED' });
  });
});
