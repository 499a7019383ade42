import { describe, expect, it } from 'vitest';
import { API_KEY, PUBLISH_KEY, bearer, withAuthentication } from './credentials.js';
import { TestServer } from './test-server.js';

describe('a key of the HTTP API', () => {
  const routes = [
    '/api/stats',
    '/api/connections',
    '/api/channels',
    '/api/nodes',
    '/api/methods',
    '/API/stats',
    '/api/stats/',
    '/api',
  ];

  it('is required everywhere below /api', async () => {
    const server = await TestServer.start(withAuthentication);
    for (const path of routes) {
      for (const headers of [{}, { Authorization: 'Bearer wrong' }, { 'X-API-Key': API_KEY }]) {
        const answer = await server.get(path, headers);
        expect([path, answer.status]).toEqual([path, 401]);
        expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="skreaver-ws"');
        expect(await answer.json()).toMatchObject({ code: 'AUTHENTICATION_REQUIRED' });
      }
    }
    const answer = await server.post('/api/publish', '{"channel":');
    expect(answer.status).toBe(401);
  });

  it('is accepted as a bearer token and as X-API-Key', async () => {
    const server = await TestServer.start(withAuthentication);
    expect((await server.get('/api/stats', bearer)).status).toBe(200);
    expect((await server.get('/api/stats', { 'X-API-Key': PUBLISH_KEY })).status).toBe(200);
  });

  it('is required even where none is configured, and the answer says what to set', async () => {
    const { SKREAVER_WS_PUBLISH_KEYS: _, ...withoutKeys } = withAuthentication;
    const server = await TestServer.start(withoutKeys);
    const answer = await server.get('/api/stats', bearer);
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ message: expect.stringContaining('Set SKREAVER_WS_PUBLISH_KEYS') });
  });

  it('is not required on loopback without authentication, except under a host name that is not loopback', async () => {
    const server = await TestServer.start();
    expect((await server.get('/api/stats')).status).toBe(200);
    const answer = await server.answerTo('GET /api/stats HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    expect(answer).toContain('{"code":"PERMISSION_DENIED"');
  });
});

describe('the metrics of the standalone server', () => {
  it('require a key where clients need a token', async () => {
    const { SKREAVER_WS_PUBLISH_KEYS: _, ...withoutKeys } = withAuthentication;
    const statusOf = async (server: TestServer, key?: string): Promise<number> =>
      (await server.get('/metrics', key === undefined ? {} : { Authorization: `Bearer ${key}` })).status;
    const closed = await TestServer.start(withoutKeys);
    expect(await statusOf(closed, PUBLISH_KEY)).toBe(401);
    expect(await (await closed.get('/metrics')).json()).toMatchObject({
      message: expect.stringContaining('Set SKREAVER_WS_METRICS_KEYS'),
    });
    const withPublishKey = await TestServer.start(withAuthentication);
    for (const path of ['/metrics', '/METRICS', '/metrics/', '/metrics?a=1', '//metrics']) {
      expect([path, (await withPublishKey.get(path)).status]).not.toEqual([path, 200]);
    }
    expect(await statusOf(withPublishKey, PUBLISH_KEY)).toBe(200);
    const metricsKey = 'metrics-key-of-some-length';
    const withOwnKey = await TestServer.start({ ...withAuthentication, SKREAVER_WS_METRICS_KEYS: metricsKey });
    expect(await statusOf(withOwnKey, PUBLISH_KEY)).toBe(401);
    expect(await statusOf(withOwnKey, metricsKey)).toBe(200);
    expect((await withOwnKey.get('/api/stats', { Authorization: `Bearer ${metricsKey}` })).status).toBe(401);
  });
});
