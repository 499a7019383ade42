import { once } from 'node:events';
import { type TLSSocket, connect } from 'node:tls';
import type { UpgradeHandshake } from '@skreaver/nestjs-ws';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type KeyAndCert, TestAuthority } from '../../support/certificates.js';
import { TestAuthHandler, startApp } from '../../support/test-app.js';
import { TestClient } from '../../support/test-client.js';

const DAY_MS = 86_400_000;

class ByCertificate extends TestAuthHandler {
  readonly seen: UpgradeHandshake[] = [];

  override authenticateHandshake(handshake: UpgradeHandshake): string | undefined {
    this.seen.push(handshake);
    const name = handshake.peerCertificate?.subject.CN;
    return typeof name === 'string' ? `agent:${name}` : undefined;
  }
}

/** A server that asks for certificates of its authority. */
async function start(https: object = {}) {
  const authority = new TestAuthority('ours');
  const handler = new ByCertificate();
  const options = { authHandler: { useFactory: () => handler } };
  const server = authority.issue('/CN=server');
  const tls = { ...server, ca: authority.cert, requestCert: true, rejectUnauthorized: false, ...https };
  const app = await startApp(options, {}, { https: tls });
  const socketAs = (client: Partial<KeyAndCert>, more: object = {}): TLSSocket => {
    const socket = connect({ port: app.port, host: '127.0.0.1', rejectUnauthorized: false, ...client, ...more });
    onTestFinished(() => void socket.destroy());
    return socket.on('error', () => {});
  };
  const connectOver = (socket: TLSSocket) => TestClient.open(app.url, { createConnection: () => socket });
  return { ...app, authority, handler, socketAs, connectOver };
}

/** Opens a connection, and resumes its TLS session with another one. */
async function resumed({ socketAs, connectOver }: Awaited<ReturnType<typeof start>>, client: Partial<KeyAndCert>) {
  const first = socketAs(client);
  const session = once(first, 'session') as Promise<[Buffer]>;
  await connectOver(first);
  return async (more: object = {}) => {
    const socket = socketAs(client, { session: (await session)[0], ...more });
    const connected = await connectOver(socket);
    expect(socket.isSessionReused()).toBe(true);
    return connected;
  };
}

describe('a client certificate', () => {
  it('of the authority of the server identifies its client before the first message', async () => {
    const { authority, socketAs, connectOver } = await start({ rejectUnauthorized: true });
    const client = await connectOver(socketAs(authority.issue('/O=example/CN=agent-7')));
    expect(await client.next('auth_response')).toMatchObject({ data: { success: true, user_id: 'agent:agent-7' } });
    expect((await client.request('ping')).data.status).toBe('success');
  });

  it.each<[string, (ours: TestAuthority) => Partial<KeyAndCert>]>([
    ['is absent', () => ({})],
    ['is of another authority', () => new TestAuthority('theirs').issue('/CN=agent-7')],
    ['has expired', (ours) => ours.issue('/CN=agent-7', { days: -1 })],
  ])('that %s identifies nobody where it is optional', async (_what, clientOf) => {
    const { authority, socketAs, connectOver, handler } = await start();
    const client = await connectOver(socketAs(clientOf(authority)));
    expect(await client.request('ping')).toMatchObject({
      data: { status: 'error', error: { code: 'AUTHENTICATION_REQUIRED' } },
    });
    expect(handler.seen[0]?.peerCertificate).toBeUndefined();
    const answer = await client.ask({ type: 'auth', data: { token: 'token-bob' } });
    expect(answer).toMatchObject({ data: { success: true, user_id: 'bob' } });
  });

  it('that only bears the name of the authority identifies nobody, and disturbs no other connection', async () => {
    const { authority, socketAs, connectOver, handler } = await start();
    const agent = await connectOver(socketAs(authority.issue('/CN=agent-8')));
    const forged = await connectOver(socketAs(new TestAuthority('ours').issue('/CN=agent-7')));
    forged.send({ type: 'ping' });
    // Node 20 reports the failed signature as an error of a later read, which ends the connection.
    await Promise.race([forged.closed, forged.next('pong')]);
    expect(handler.seen[1]?.peerCertificate).toBeUndefined();
    expect((await agent.request('ping')).data.status).toBe('success');
  });

  it.each<[string, RegExp, (ours: TestAuthority) => Partial<KeyAndCert>]>([
    ['is absent', /certificate required/, () => ({})],
    ['is of another authority', /socket hang up|ECONNRESET/, () => new TestAuthority('theirs').issue('/CN=agent-7')],
    ['has expired', /socket hang up|ECONNRESET/, (ours) => ours.issue('/CN=agent-7', { days: -1 })],
  ])('that %s ends the TLS connection where it is required', async (_what, alert, clientOf) => {
    const { authority, socketAs, connectOver, handler } = await start({ rejectUnauthorized: true });
    await expect(connectOver(socketAs(clientOf(authority)))).rejects.toThrow(alert);
    expect(handler.seen).toEqual([]);
    const client = await connectOver(socketAs(authority.issue('/CN=agent-8')));
    expect(await client.next('auth_response')).toMatchObject({ data: { user_id: 'agent:agent-8' } });
  });

  describe.each(['TLSv1.2', 'TLSv1.3'] as const)('of a resumed session of %s', (version) => {
    const only = { minVersion: version, maxVersion: version };

    it('identifies its client again', async () => {
      const all = await start(only);
      const resume = await resumed(all, all.authority.issue('/CN=agent-7'));
      const client = await resume();
      expect(await client.next('auth_response')).toMatchObject({ data: { user_id: 'agent:agent-7' } });
    });

    it('identifies nobody where the session began without one', async () => {
      const all = await start(only);
      const resume = await resumed(all, {});
      await resume();
      expect(all.handler.seen.map(({ peerCertificate }) => peerCertificate)).toEqual([undefined, undefined]);
    });

    it('identifies nobody once it has expired', async () => {
      const all = await start(only);
      const resume = await resumed(all, all.authority.issue('/CN=agent-7', { days: 1 }));
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2 * DAY_MS });
      onTestFinished(() => void vi.useRealTimers());
      await resume();
      expect(all.handler.seen[0]?.peerCertificate?.subject.CN).toBe('agent-7');
      expect(all.handler.seen[1]?.peerCertificate).toBeUndefined();
    });
  });
});
