import { describe, expect, it } from 'vitest';
import { TestClient } from '../support/test-client.js';
import { API_KEY, PUBLISH_KEY, SECRET, bearer, jwtOf, withAuthentication } from './credentials.js';
import { TestServer } from './test-server.js';

describe('the standalone server', () => {
  it('ends the subscriptions that a renewed token no longer allows', async () => {
    const server = await TestServer.start(withAuthentication);
    const alice = await TestClient.open(`${server.ws}?token=${jwtOf({ sub: 'alice', channels: ['chat:*', 'news'] })}`);
    expect((await alice.subscribe('chat:1', 'chat:2', 'news')).data.success).toBe(true);
    await alice.ask({ type: 'auth', data: { token: jwtOf({ sub: 'alice', channels: ['chat:1', 'news'] }) } });
    expect((await alice.next('unsubscribe_response')).data).toMatchObject({ unsubscribed: ['chat:2'] });
    expect((await alice.request('subscriptions')).data).toMatchObject({ result: { channels: ['chat:1', 'news'] } });
  });

  it('writes no token and no key to stdout or stderr', async () => {
    const server = await TestServer.start({ ...withAuthentication, SKREAVER_WS_LOG_LEVEL: 'trace' });
    const good = jwtOf({ sub: 'alice' });
    const wrong = 'wrong-token-wrong-token';
    await (await TestClient.open(`${server.ws}?token=${good}`)).next('auth_response');
    await (
      await TestClient.open(`${server.ws}?token=${wrong}`)
    ).closed;
    const client = await TestClient.open(server.ws);
    client.send({ type: 'auth', data: { token: wrong } });
    await client.next('auth_response');
    client.send(`{"type":"auth","data":{"token":"${wrong}"`);
    await client.next('error');
    await server.get(`/ws?token=${wrong}`, { Authorization: `Bearer ${wrong}`, Cookie: wrong });
    await server.post(`/api/publish?token=${wrong}`, `{"token":"${wrong}"`, { 'X-API-Key': wrong });
    await server.post('/api/publish', `{"token":"${wrong}"`, bearer);
    await expect.poll(() => server.stdout).toContain('/ws?token=[redacted]');
    server.signal('SIGTERM');
    await server.exited;
    for (const secret of [good, wrong, SECRET, API_KEY, PUBLISH_KEY]) {
      expect(server.stdout).not.toContain(secret);
      expect(server.stderr).not.toContain(secret);
    }
  });
});
