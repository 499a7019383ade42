import { AuthHandler, AuthenticationUnavailableError, type UpgradeHandshake } from '@skreaver/nestjs-ws';
import { describe, expect, it } from 'vitest';
import { refusalOf } from '../../support/refusal-of.js';
import { TestAuthHandler, startApp } from '../../support/test-app.js';

const PAGE = 'https://app.example.com';

/** Identifies by what a proxy says; `nobody` by nothing, `bad` not at all, `down` not now, `hang` never. */
class ByProxy extends TestAuthHandler {
  readonly seen: UpgradeHandshake[] = [];

  override authenticateHandshake(handshake: UpgradeHandshake): string | undefined | Promise<string | undefined> {
    this.seen.push(handshake);
    const user = handshake.headers['x-user'];
    if (user === 'bad') throw new Error(`${handshake.cookie}`);
    if (user === 'down') throw new AuthenticationUnavailableError(2000);
    if (user === 'hang') return new Promise(() => {});
    return typeof user === 'string' ? user : undefined;
  }
}

const start = async (options: object = {}) => {
  const handler = new ByProxy();
  const app = await startApp({ authHandler: { useFactory: () => handler }, allowedOrigins: [PAGE], ...options });
  const connectAs = (user: string, more: Record<string, string> = {}) =>
    app.connect('', { headers: { 'x-user': user, ...more } });
  return { ...app, all: app, handler, connectAs };
};

describe('a handshake without a token', () => {
  it('may be enough for the AuthHandler to identify its client, which is answered at once', async () => {
    const { connectAs } = await start();
    const client = await connectAs('alice');
    expect(await client.next('auth_response')).toMatchObject({ data: { success: true, user_id: 'alice' } });
    expect((await client.request('ping')).data.status).toBe('success');
  });

  it('that identifies nobody goes on without an identity, and may authenticate by a message', async () => {
    const { connect, handler } = await start();
    const client = await connect();
    expect((await client.request('ping')).data.status).toBe('error');
    expect(client.received.some(({ type }) => type === 'auth_response')).toBe(false);
    const answer = await client.ask({ type: 'auth', data: { token: 'token-bob' } });
    expect(answer).toMatchObject({ data: { success: true, user_id: 'bob' } });
    expect(handler.seen).toHaveLength(1);
  });

  it('is not looked at where there is a token', async () => {
    const { connect, handler } = await start();
    const client = await connect('?token=token-bob', { headers: { 'x-user': 'alice' } });
    expect(await client.next('auth_response')).toMatchObject({ data: { user_id: 'bob' } });
    expect(handler.seen).toEqual([]);
  });

  it('that is refused is closed with 4500, and its error does not reach the log', async () => {
    const { connectAs, log } = await start();
    const client = await connectAs('bad', { cookie: 's3cret', origin: PAGE });
    expect(await client.closed).toEqual({ code: 4500, reason: 'AUTHENTICATION_FAILED' });
    expect(log.of('authentication failed')).toHaveLength(1);
    expect(log.text()).not.toContain('s3cret');
  });

  it('is answered with 503 in an outage, and with 504 after authTimeout', async () => {
    const { all } = await start({ authTimeout: 100 });
    expect(await refusalOf(all, '', { 'x-user': 'down' })).toMatchObject({
      status: 503,
      headers: { 'retry-after': '2' },
    });
    expect(await refusalOf(all, '', { 'x-user': 'hang' })).toMatchObject({ status: 504 });
  });

  it('is one of at most maxPendingAuthentications', async () => {
    const { all } = await start({ authTimeout: 100, maxPendingAuthentications: 1 });
    const hanging = refusalOf(all, '', { 'x-user': 'hang' });
    await expect.poll(async () => (await refusalOf(all, '', { 'x-user': 'alice' })).status).toBe(503);
    expect((await hanging).status).toBe(504);
  });

  it('counts as a failure of its address when it is refused, and is then answered with 429', async () => {
    const { connectAs, all, handler } = await start({ authFailuresPerIp: 1 });
    await (
      await connectAs('bad')
    ).closed;
    expect((await refusalOf(all, '', { 'x-user': 'alice' })).status).toBe(429);
    expect(handler.seen).toHaveLength(1);
  });
});

describe('what the AuthHandler gets of a handshake', () => {
  it('has the cookies of a page of our own, and of no other client', async () => {
    const { connectAs, handler } = await start();
    for (const origin of [{ origin: PAGE }, {}]) await connectAs('alice', { cookie: 'sid=1; x=2', ...origin });
    expect(handler.seen.map(({ cookie }) => cookie)).toEqual(['sid=1; x=2', undefined]);
    expect(handler.seen.every(({ headers }) => headers.cookie === undefined)).toBe(true);
  });

  it('says whether a trusted proxy sent it, and has no certificate without TLS', async () => {
    const direct = await start();
    await direct.connectAs('alice');
    expect(direct.handler.seen[0]).toMatchObject({ viaTrustedProxy: false, peerCertificate: undefined });
    const proxied = await start({ trustedProxies: ['loopback'] });
    await proxied.connectAs('alice');
    expect(proxied.handler.seen[0]).toMatchObject({ viaTrustedProxy: true });
  });

  it('is not kept: the handshake of a later auth message has no cookie and no certificate', async () => {
    const later: object[] = [];
    class Later extends AuthHandler {
      override authenticateHandshake(): undefined {}
      override authenticate(_token: string, handshake: object): string {
        later.push(handshake);
        return 'alice';
      }
      override checkPermission(): boolean {
        return true;
      }
    }
    const app = await startApp({ authHandler: { useClass: Later }, allowedOrigins: [PAGE] });
    const client = await app.connect('', { headers: { cookie: 's3cret', origin: PAGE } });
    await client.ask({ type: 'auth', data: { token: 'x' } });
    expect(Object.keys(later[0] ?? {}).toSorted()).toEqual([
      'clientAddress',
      'connectionId',
      'headers',
      'origin',
      'query',
    ]);
    expect(JSON.stringify(later)).not.toContain('s3cret');
  });
});
