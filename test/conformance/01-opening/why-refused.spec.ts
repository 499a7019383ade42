import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { SkreaverWsModuleOptions } from '@skreaver/nestjs-ws';
import { describe, expect, it } from 'vitest';
import { UpgradeHandler } from '../../../src/transport/index.js';
import { startApp, testAuth } from '../../support/test-app.js';

const PAGE = 'https://app.example.com';

const adapters = [
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
] as const;

describe.each(adapters)('a plain GET of the path, on %s', (_name, adapter) => {
  async function asked(options: SkreaverWsModuleOptions) {
    const app = await startApp(options, {}, { adapter: adapter() });
    const ask = async (headers: Record<string, string> = {}, query = '') => {
      const response = await fetch(`${app.httpUrl}/ws${query}`, { headers });
      const body = (await response.json()) as { code: string; message: string };
      return { status: response.status, code: body.code, body, headers: response.headers };
    };
    return { app, ask };
  }

  it('answers 426 where an upgrade would be accepted', async () => {
    const { ask } = await asked({});
    expect(await ask()).toMatchObject({ status: 426, code: 'UPGRADE_REQUIRED' });
  });

  it('answers 429 at the limit of its address, and 426 when there is room again', async () => {
    const { app, ask } = await asked({ maxConnectionsPerIp: 1 });
    const client = await app.connect();
    const { status, code, headers } = await ask();
    expect([status, code, headers.get('retry-after')]).toEqual([429, 'CONNECTION_LIMIT_EXCEEDED', '5']);
    client.webSocket.terminate();
    await expect.poll(async () => (await ask()).status, { timeout: 20_000 }).toBe(426);
  });

  it('answers 503 where the server is full', async () => {
    const { app, ask } = await asked({ maxConnections: 1 });
    await app.connect();
    expect(await ask()).toMatchObject({ status: 503, code: 'CONNECTION_LIMIT_EXCEEDED' });
  });

  it('answers 503 while the server drains', async () => {
    const { app, ask } = await asked({});
    app.app.get(UpgradeHandler, { strict: false }).drain();
    expect(await ask()).toMatchObject({ status: 503, code: 'SERVICE_RESTART' });
  });

  it('answers 429 while its address connects too fast, with the same words as the upgrade', async () => {
    const { app, ask } = await asked({ connectRatePerIp: 1, connectBurstPerIp: 1 });
    await app.connect();
    const { status, code, headers } = await ask();
    expect([status, code]).toEqual([429, 'RATE_LIMIT_EXCEEDED']);
    expect(Number(headers.get('retry-after'))).toBe(1);
  });

  it('answers 403 where the page or the host is not allowed', async () => {
    const { ask } = await asked({ allowedHosts: ['127.0.0.1'] });
    expect(await ask({ Origin: PAGE })).toMatchObject({ status: 403, code: 'ORIGIN_NOT_ALLOWED' });
    const { ask: askHost } = await asked({ allowedHosts: ['api.example.com'] });
    expect(await askHost()).toMatchObject({ status: 403, code: 'HOST_NOT_ALLOWED' });
  });

  it('may be read by pages that may connect, and by no others', async () => {
    const { ask } = await asked({ allowedOrigins: [PAGE], maxConnections: 1 });
    const { headers } = await ask({ Origin: PAGE });
    expect(headers.get('access-control-allow-origin')).toBe(PAGE);
    expect(headers.get('access-control-expose-headers')).toBe('Retry-After');
    expect(headers.get('access-control-allow-credentials')).toBeNull();
    for (const foreign of [{ Origin: 'https://evil.example' }, {}]) {
      expect((await ask(foreign as Record<string, string>)).headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  it('takes nothing of a limit, however often it is asked', async () => {
    const { app, ask } = await asked({
      ...testAuth,
      maxConnections: 2,
      maxConnectionsPerIp: 2,
      connectRatePerIp: 1,
      connectBurstPerIp: 2,
      authFailuresPerIp: 2,
    });
    for (let count = 0; count < 20; count += 1) expect((await ask({}, '?token=bad')).status).toBe(426);
    expect(app.log.of('connection refused')).toEqual([]);
    for (const user of ['ann', 'bob']) await app.connect(`?token=token-${user}`);
    expect(app.registry.list()).toHaveLength(2);
  });

  it('shows no token, whether it is good or bad', async () => {
    const { ask } = await asked(testAuth);
    for (const token of ['token-ann', 'bad-secret']) {
      const { body } = await ask({ Authorization: `Bearer ${token}` }, `?token=${token}`);
      expect(JSON.stringify(body)).not.toContain(token);
    }
  });
});
