import { CloseCode } from '@skreaver/protocol';
import { expect } from 'vitest';
import { TestClient } from '../../support/test-client.js';
import { errorOf, resultOf } from './answers.js';
import type { Wanted } from './wanted.js';

export const operation: readonly Wanted[] = [
  {
    thing: 'throttling',
    check: async (app) => {
      const client = await app.connect('flooding');
      for (let sent = 0; sent < 200; sent += 1) client.send({ type: 'ping' });
      expect((await client.next('error')).data).toMatchObject({ code: 'RATE_LIMIT_EXCEEDED' });
    },
  },
  {
    thing: '`ThrottlerGuard` as an `APP_GUARD`',
    check: async (app) => {
      const throttled = await app.another('--throttler');
      const client = await throttled.connect('throttled');
      for (const _ of [1, 2]) await resultOf(client, 'count');
      expect(await errorOf(client, 'count')).toMatchObject({ code: 'RATE_LIMIT_EXCEEDED' });
      expect(await resultOf(client, 'wrapped')).toEqual({ wrapped: 'plain' });
    },
  },
  {
    thing: '`clientStats`, off by default',
    check: async (app) => {
      expect(await errorOf(await app.connect('curious'), 'get_stats')).toMatchObject({ code: 'METHOD_NOT_FOUND' });
    },
  },
  {
    thing: '426 with a sentence where a GET is no upgrade',
    check: async (app) => {
      const answer = await app.http('/ws');
      expect(answer.status).toBe(426);
      expect(await answer.json()).toMatchObject({
        code: 'UPGRADE_REQUIRED',
        message: expect.stringMatching(/^[A-Z].* .*\.$/),
      });
    },
  },
  {
    thing: 'metrics',
    check: async (app) => {
      await app.connect('measured');
      expect(await (await app.http('/metrics')).text()).toMatch(/^websocket_connections_active [1-9]/m);
    },
  },
  {
    thing: 'structured logs, without tokens',
    check: async (app) => {
      const logging = await app.another('--json-log');
      const secret = 'token-of-secret';
      await logging.connect('secret-in-url');
      await logging.open('', { headers: { Authorization: `Bearer ${secret}-in-header` } });
      await logging.open('', { headers: { Cookie: `session=${secret}-in-cookie` } });
      const encoded = Buffer.from(`${secret}-in-protocol`).toString('base64url');
      await logging.open('', { protocols: ['skreaver.v1', `bearer.${encoded}`] });
      await (await logging.open()).ask({ type: 'auth', data: { token: `${secret}-in-message` } });
      expect((await (await logging.open('?token=bad-token')).closed).code).toBe(CloseCode.AuthenticationFailed);
      await logging.end();
      expect(logging.logged('connection opened')).toHaveLength(6);
      expect(logging.logged('authentication failed')).toMatchObject([{ connection_id: expect.any(String) }]);
      expect(logging.printed).not.toMatch(new RegExp(`${secret}|bad-token|${encoded}`));
    },
  },
  {
    thing: 'one more HTTP server of your own',
    check: async (app) => {
      const port = await resultOf(await app.connect('attaching'), 'attach');
      const client = await app.subscribed('here', 'servers');
      const other = await TestClient.open(`ws://127.0.0.1:${String(port)}/ws?token=token-of-there`);
      await other.subscribe('servers');
      await app.call('broadcast', 'servers', 'to both servers');
      for (const each of [client, other]) expect((await each.next('event')).data).toBe('to both servers');
    },
  },
  {
    thing: 'a Terminus health indicator',
    check: async (app) => {
      expect(await (await app.http('/health')).json()).toMatchObject({
        status: 'ok',
        details: { websocket: { status: 'up' }, capacity: { status: 'up' } },
      });
    },
  },
  {
    thing: 'graceful shutdown with 1012',
    check: async (app) => {
      const ending = await app.another();
      const client = await ending.connect('draining');
      const ended = ending.end();
      expect(await client.closed).toMatchObject({ code: CloseCode.ServiceRestart });
      await ended;
    },
  },
];
