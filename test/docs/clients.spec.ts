import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CloseCode } from '@skreaver/protocol';
import { AuthenticationUnavailableError } from '@skreaver/nestjs-ws';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { TestAuthHandler, startApp, testAuth } from '../support/test-app.js';
import { CuttingProxy } from '../torture/cutting-proxy.js';
import { ClientRun } from './snippets/client-run.js';
import { recovery } from './snippets/recovery-options.js';
import { type Run, runtimes } from './snippets/runtimes.js';

/** Browsers take their time to start. */
const PATIENCE = { timeout: 40_000, interval: 20 };
const OPTIONS = {
  ...testAuth,
  ...recovery,
  allowedOrigins: ['*'],
  pingInterval: 1000,
  pongTimeout: 900,
  expiryGrace: 0,
} as const;

/** A server, a proxy before it, and a client of the guide that connects through it. */
async function started(run: Run, client: 'follow' | 'consume', channel: string, firstToken = 'token-alice') {
  const app = await startApp(OPTIONS);
  const proxy = await CuttingProxy.start(app.port);
  onTestFinished(() => proxy.close());
  const urlWith = (token: string): string => `ws://localhost:${proxy.port}/ws?token=${token}`;
  const at = await ClientRun.start(run, client, channel, (asked) => urlWith(asked === 0 ? firstToken : 'token-alice'));
  const isSubscribed = async () => {
    await expect.poll(() => app.subscriptions.channels(), PATIENCE).toMatchObject([{ channel }]);
  };
  const reports = async (...expected: unknown[][]) => {
    await expect.poll(() => at.reports, PATIENCE).toEqual(expected);
  };
  const end = (code: CloseCode) => app.registry.list().forEach(({ id }) => void app.registry.disconnect(id, code));
  const publish = (data: string) => app.subscriptions.broadcast(channel, data);
  return { app, proxy, at, isSubscribed, reports, end, publish };
}

/** Hangs up on the first upgrade, and answers the others with 503. */
async function refusingServer() {
  const refused = { times: 0 };
  const server = createServer();
  server.on('upgrade', (_request, socket) => {
    refused.times += 1;
    if (refused.times === 1) socket.destroy();
    else socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, refused };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe.each(Object.entries(runtimes))('the clients of the guide in %s', (_runtime, run) => {
  const reload = ['reload'];

  it('reconnect after connections were refused, and miss nothing', async () => {
    const { app, proxy, reports, end, publish } = await started(run, 'follow', 'agent:7');
    await reports(reload);
    const { port, refused } = await refusingServer();
    proxy.target = port;
    end(CloseCode.Reconnect);
    await publish('missed');
    await expect.poll(() => refused.times, PATIENCE).toBeGreaterThanOrEqual(3);
    proxy.target = app.port;
    await reports(reload, ['event', 'missed']);
  });

  it('notice that a connection has gone silent', async () => {
    const { proxy, reports, publish } = await started(run, 'follow', 'agent:7');
    await reports(reload);
    proxy.cutAfter(1, 'stall');
    await publish('unheard');
    await reports(reload, ['event', 'unheard']);
    expect(proxy.isStalled).toBe(true);
  });

  it('reconnect with a new token when their session has expired', async () => {
    const { app, at, reports, publish } = await started(run, 'follow', 'agent:7', 'expires-1000-alice');
    await expect
      .poll(() => app.log.of('connection closed'), PATIENCE)
      .toMatchObject([{ code: CloseCode.SessionExpired }]);
    await publish('later');
    await reports(reload, ['event', 'later']);
    expect(at.asked).toBe(2);
  });

  it('report the reason where they may not subscribe', async () => {
    const { reports } = await started(run, 'follow', 'private-bob');
    await reports(['end', 'PERMISSION_DENIED']);
  });

  it('reconnect where the permission to subscribe cannot be checked', async () => {
    vi.spyOn(TestAuthHandler.prototype, 'checkPermission').mockImplementationOnce(() => {
      throw new AuthenticationUnavailableError();
    });
    const { at, reports } = await started(run, 'follow', 'agent:7');
    await reports(reload);
    expect(at.asked).toBe(2);
  });

  it.each(['follow', 'consume'] as const)('say why where they are closed for good: %s', async (client) => {
    const { at, isSubscribed, end } = await started(run, client, 'agent:7');
    await isSubscribed();
    end(CloseCode.ForcedDisconnect);
    await expect.poll(() => at.reports.at(-1), PATIENCE).toEqual(['end', '4505 FORCED_DISCONNECT']);
  });

  it.each([CloseCode.Normal, CloseCode.GoingAway])('reconnect after %i, which they did not send', async (code) => {
    const { reports, end, publish } = await started(run, 'follow', 'agent:7');
    await reports(reload);
    end(code);
    await publish('missed');
    await reports(reload, ['event', 'missed']);
  });

  it('can be stopped', async () => {
    const { app, at, reports, publish } = await started(run, 'follow', 'agent:7');
    await reports(reload);
    await publish('stop');
    await reports(reload, ['event', 'stop'], ['stopped']);
    expect(app.registry.list()).toEqual([]);
    expect(at.asked).toBe(1);
  });

  it('get the event again at which a handler threw, and reconnect after a cut', async () => {
    const { isSubscribed, reports, end, publish } = await started(run, 'consume', 'agent:7');
    await isSubscribed();
    for (const data of ['easy', 'hard', 'last']) await publish(data);
    const handled = ['easy', 'hard', 'hard', 'last'].map((data) => ['handled', data]);
    await reports(...handled);
    end(CloseCode.Reconnect);
    await publish('afterwards');
    await reports(...handled, ['handled', 'afterwards']);
  });
});
