import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import { TestAuthority } from '../support/certificates.js';
import { startApp, testAuth } from '../support/test-app.js';
import { CliProcess, call } from './cli-process.js';

interface Finding {
  readonly check: string;
  readonly status: string;
  readonly detail: string;
  readonly hint?: string;
}

async function findings(url: string, env: Record<string, string> = {}, ...args: string[]) {
  const { code, stdout } = await call(['doctor', url, '--json', ...args], env);
  const all = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Finding);
  return { code, all, last: all.at(-1) as Finding };
}

async function portOf(server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  onTestFinished(() => void server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

/** Takes connections and says nothing. @param count which of its connections is told of */
async function silentServer(count = 1): Promise<{ readonly port: number; readonly connection: Promise<void> }> {
  const server = createTcpServer();
  const connection = new Promise<void>((resolve) => {
    let taken = 0;
    server.on('connection', (socket) => {
      socket.on('error', () => {});
      onTestFinished(() => void socket.destroy());
      if (++taken === count) resolve();
    });
  });
  return { port: await portOf(server), connection };
}

describe('doctor', () => {
  it('says of each step of the way that it is well', async () => {
    const app = await startApp(testAuth);
    const { code, all } = await findings(app.url, { SKREAVER_TOKEN: 'token-ann' });
    expect(code).toBe(0);
    expect(all.map(({ check, status }) => `${check} ${status}`)).toEqual(
      ['dns', 'tcp', 'http', 'upgrade', 'subprotocol', 'auth', 'ping', 'clock'].map((check) => `${check} ok`),
    );
    expect(all.map(({ detail }) => detail).join('\n')).toMatch(/user ann\nfastest [\d.]+ ms/);
  });

  it('prints a line for people without --json', async () => {
    const app = await startApp(testAuth);
    const { stdout } = await call(['doctor', app.url, '--token', 'token-ann']);
    expect(stdout).toMatch(/^ok {7}tcp {10}connected to 127\.0\.0\.1:\d+$/m);
  });

  it.each([
    ['nothing that listens', 4, 'ws://127.0.0.1:1', 'tcp', /SKREAVER_WS_HOST/],
    ['a name that is not known', 4, 'ws://nowhere.invalid', 'dns', /Check the name/],
  ])('stops at %s with %i', async (_what, code, url, check, hint) => {
    const found = await findings(url);
    expect(found).toMatchObject({ code, last: { check, status: 'failed' } });
    expect(found.last.hint).toMatch(hint);
  });

  it('stops at a path that serves no WebSockets', async () => {
    const app = await startApp(testAuth);
    const { code, last } = await findings(`${app.url}/elsewhere`);
    expect([code, last]).toEqual([
      5,
      expect.objectContaining({ check: 'http', hint: expect.stringContaining('compare it with SKREAVER_WS_PATH') }),
    ]);
  });

  it('stops at a full server with 5', async () => {
    const app = await startApp({ ...testAuth, maxConnections: 1 });
    await app.connect('?token=token-bob');
    const { code, last } = await findings(app.url);
    expect([code, last]).toEqual([
      5,
      expect.objectContaining({ check: 'http', hint: expect.stringContaining('full') }),
    ]);
  });

  it('stops at a token that is missing, with 3 and what to do', async () => {
    const app = await startApp(testAuth);
    const { code, last } = await findings(app.url);
    expect([code, last]).toEqual([
      3,
      expect.objectContaining({ check: 'auth', hint: 'Give a token by --token-file or SKREAVER_TOKEN.' }),
    ]);
  });

  it('stops at a port that speaks something else than HTTP', async () => {
    const port = await portOf(createTcpServer((socket) => socket.on('error', () => {}).end('220 mail\r\n')));
    expect(await findings(`ws://127.0.0.1:${port}`)).toMatchObject({ code: 4, last: { check: 'http' } });
  });

  it('says that a port does not speak TLS', async () => {
    const app = await startApp(testAuth);
    const { code, last } = await findings(app.url.replace('ws:', 'wss:'));
    expect([code, last]).toEqual([
      4,
      expect.objectContaining({
        check: 'tls',
        detail: expect.stringMatching(/^TLS failed: [a-z ]+$/),
        hint: 'Check the port; a server without TLS has ws://.',
      }),
    ]);
  });

  it('says of a port that takes connections and never answers how long it waited', async () => {
    const { port } = await silentServer();
    expect(await findings(`ws://127.0.0.1:${port}`, {}, '--timeout', '50ms')).toMatchObject({
      code: 4,
      last: { check: 'http', detail: 'no answer within 50 ms' },
    });
  });

  it('exits with 130 at once when it is interrupted', async () => {
    const { port, connection } = await silentServer(2);
    const doctor = new CliProcess(['doctor', `ws://127.0.0.1:${port}`]);
    await connection;
    doctor.signal('SIGINT');
    expect(await doctor.exited).toBe(130);
    expect(doctor.stdout).not.toContain('failed');
  });

  it('finds a proxy that takes the Upgrade header away', async () => {
    const answer = '{"code":"UPGRADE_REQUIRED","message":"Upgrade."}';
    const server = createHttpServer((_request, response) => response.writeHead(426).end(answer));
    server.on('upgrade', (_request, socket) =>
      socket.end(`HTTP/1.1 426 Upgrade Required\r\nContent-Length: ${answer.length}\r\n\r\n${answer}`),
    );
    const { code, last } = await findings(`ws://127.0.0.1:${await portOf(server)}`);
    expect([code, last]).toEqual([
      5,
      expect.objectContaining({ check: 'upgrade', hint: expect.stringContaining('headers Upgrade and Connection') }),
    ]);
  });

  it('finds a proxy that takes the subprotocol away', async () => {
    const server = createHttpServer((_request, response) =>
      response.writeHead(426).end('{"code":"UPGRADE_REQUIRED","message":"Upgrade."}'),
    );
    const sockets = new WebSocketServer({ server, handleProtocols: () => false });
    onTestFinished(() => sockets.close());
    const { code, last } = await findings(`ws://127.0.0.1:${await portOf(server)}`);
    expect([code, last]).toEqual([
      1,
      expect.objectContaining({ check: 'subprotocol', hint: expect.stringContaining('Sec-WebSocket-Protocol') }),
    ]);
  });

  it('stops at a certificate of an authority that it does not know, unless told of it or not to mind', async () => {
    const authority = new TestAuthority('Test');
    const server = createHttpsServer(authority.issue('/CN=localhost'), (_request, response) => response.end());
    const url = `wss://localhost:${await portOf(server)}`;
    const folder = mkdtempSync(join(tmpdir(), 'doctor-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const ca = join(folder, 'ca.pem');
    writeFileSync(ca, authority.cert);
    const tls = async (...args: string[]) =>
      (await findings(url, {}, ...args)).all.find(({ check }) => check === 'tls');
    expect(await findings(url)).toMatchObject({ code: 4, last: { check: 'tls', status: 'failed' } });
    expect(await tls('--no-check')).toMatchObject({
      status: 'warning',
      detail: expect.stringContaining('not trusted'),
      hint: 'Clients without --no-check refuse it.',
    });
    // It ends in a day.
    expect(await tls('--ca', ca)).toMatchObject({
      status: 'warning',
      detail: expect.stringContaining('certificate trusted, ends in 0 days'),
      hint: 'Renew the certificate.',
    });
  });
});
