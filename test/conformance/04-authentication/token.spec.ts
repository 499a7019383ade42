import { AuthHandler, type TokenSource } from '@skreaver/nestjs-ws';
import { describe, expect, it } from 'vitest';
import type { TestClient } from '../../support/test-client.js';
import { startApp, testAuth } from '../../support/test-app.js';

const bearer = (token: string): { headers: Record<string, string> } => ({
  headers: { Authorization: `Bearer ${token}` },
});

/** Whether the client is let do what needs an identity. */
async function isAuthenticated(client: TestClient): Promise<boolean> {
  return (await client.request('ping')).data.status === 'success';
}

interface Expiring {
  readonly expires_at: number;
  readonly expires_in: number;
}

/** What every `auth_response` says of the server. */
const SERVER = {
  ping_interval: 30_000,
  reconnect_window_ms: 2000,
  message_rate: 10_000,
  message_burst: 10_000,
  max_requests: 100,
};

describe('a token is taken', () => {
  it('from the URL and answered at once', async () => {
    const { connect, registry } = await startApp(testAuth);
    const client = await connect('?token=token-alice');
    const [connection] = registry.list();
    expect(await client.next('auth_response')).toEqual({
      type: 'auth_response',
      data: { success: true, user_id: 'alice', connection_id: connection?.id, ...SERVER },
    });
    expect(await isAuthenticated(client)).toBe(true);
  });

  it('from the Authorization header and answered at once', async () => {
    const { connect } = await startApp(testAuth);
    const client = await connect('', bearer('token-alice'));
    expect(await client.next('auth_response')).toMatchObject({ data: { success: true, user_id: 'alice' } });
    expect(await isAuthenticated(client)).toBe(true);
  });

  it('from a message and answered with its correlation id', async () => {
    const { connect, registry } = await startApp(testAuth);
    const client = await connect();
    client.send({ type: 'auth', data: { token: 'token-alice' }, correlation_id: 'a1' });
    expect(await client.next('auth_response')).toEqual({
      type: 'auth_response',
      correlation_id: 'a1',
      data: { success: true, user_id: 'alice', connection_id: registry.list()[0]?.id, ...SERVER },
    });
    expect(await isAuthenticated(client)).toBe(true);
  });

  it('from the URL rather than the header', async () => {
    const { connect } = await startApp(testAuth);
    const client = await connect('?token=token-alice', bearer('token-bob'));
    expect(await client.next('auth_response')).toMatchObject({ data: { user_id: 'alice' } });
  });

  it('from the header where the URL has an empty one', async () => {
    const { connect } = await startApp(testAuth);
    const client = await connect('?token=', bearer('token-bob'));
    expect(await client.next('auth_response')).toMatchObject({ data: { user_id: 'bob' } });
  });

  it('from the URL with its percent-encoding decoded', async () => {
    const { connect } = await startApp(testAuth);
    const client = await connect(`?token=${encodeURIComponent('token-a b+c&d=é')}`);
    expect(await client.next('auth_response')).toMatchObject({ data: { user_id: 'a b+c&d=é' } });
  });

  it('with its expiry, which the answer gives in ms since 1970', async () => {
    const { connect } = await startApp(testAuth);
    const before = Date.now();
    const client = await connect('?token=expires-60000-alice');
    const { data } = await client.next('auth_response');
    expect(data).toHaveProperty('expires_at', expect.any(Number));
    const expiresAt = (data as { expires_at: number }).expires_at;
    expect(expiresAt).toBeGreaterThanOrEqual(before + 60_000);
    expect(expiresAt).toBeLessThanOrEqual(Date.now() + 60_000);
  });

  it('with its expiry, which the answer also gives in whole seconds from now, rounded down', async () => {
    const { connect } = await startApp(testAuth);
    const client = await connect('?token=expires-60000-alice');
    const { expires_at, expires_in } = (await client.next('auth_response')).data as Expiring;
    // By the clock of this machine, which is also the server's.
    expect(expires_at - expires_in * 1000).toBeLessThan(Date.now() + 1000);
    expect(expires_in).toBeLessThanOrEqual(60);
    expect(expires_in).toBeGreaterThan(0);
    expect(Number.isInteger(expires_in)).toBe(true);
  });

  it('without an expiry where it has none', async () => {
    const { connect } = await startApp(testAuth);
    const { data } = await (await connect('?token=token-alice')).next('auth_response');
    expect(data).not.toHaveProperty('expires_at');
    expect(data).not.toHaveProperty('expires_in');
  });
});

const only = (...tokenSources: TokenSource[]): object => ({ ...testAuth, tokenSources });

describe('a token from a source that is not in tokenSources', () => {
  it('is ignored in the URL', async () => {
    const { connect } = await startApp(only('header', 'message'));
    const client = await connect('?token=token-alice');
    expect(await isAuthenticated(client)).toBe(false);
    expect(client.received.some(({ type }) => type === 'auth_response')).toBe(false);
  });

  it('is ignored in the header', async () => {
    const { connect } = await startApp(only('url', 'message'));
    const client = await connect('', bearer('token-alice'));
    expect(await isAuthenticated(client)).toBe(false);
  });

  it('is refused in a message', async () => {
    const { connect, registry } = await startApp(only('url', 'header'));
    const client = await connect();
    const answer = await client.ask({ type: 'auth', data: { token: 'token-alice' } });
    expect(answer).toMatchObject({ data: { success: false, error: { code: 'AUTHENTICATION_FAILED' } } });
    expect(registry.getStats().authenticatedConnections).toBe(0);
  });

  it('leaves the other sources in use', async () => {
    const header = await startApp(only('header'));
    expect(await isAuthenticated(await header.connect('?token=bad', bearer('token-alice')))).toBe(true);
    const message = await startApp(only('message'));
    const client = await message.connect('?token=bad');
    await client.ask({ type: 'auth', data: { token: 'token-alice' } });
    expect(await isAuthenticated(client)).toBe(true);
  });
});

describe('a refused token of the handshake', () => {
  it.each([
    ['the URL', '?token=bad', {}],
    ['the header', '', bearer('bad')],
  ])(
    'from %s is answered by auth_response success:false and closed with 4500 at once',
    async (_where, query, options) => {
      const { connect, registry } = await startApp(testAuth);
      const client = await connect(query, options);
      expect(await client.closed).toEqual({ code: 4500, reason: 'AUTHENTICATION_FAILED' });
      expect(client.received).toEqual([
        {
          type: 'auth_response',
          data: { success: false, error: { code: 'AUTHENTICATION_FAILED', message: expect.any(String) as string } },
        },
      ]);
      expect(registry.list()).toHaveLength(0);
    },
  );
});

describe('auth messages', () => {
  it('close the connection with 4500 at the third failure, not before, and each is answered', async () => {
    const { connect } = await startApp(testAuth);
    const client = await connect();
    for (const token of ['bad-1', 'bad-2']) {
      expect(await client.ask({ type: 'auth', data: { token } })).toMatchObject({ data: { success: false } });
    }
    await client.settle();
    client.send({ type: 'auth', data: { token: 'bad-3' } });
    expect(await client.next('auth_response')).toMatchObject({ data: { success: false } });
    expect(await client.closed).toEqual({ code: 4500, reason: 'AUTHENTICATION_FAILED' });
  });

  it('may succeed after two failures, which resets the count of failures', async () => {
    const { connect } = await startApp(testAuth);
    const client = await connect();
    const tokens = ['bad', 'bad', 'token-alice', 'bad', 'bad', 'token-alice'];
    const outcomes: unknown[] = [];
    for (const token of tokens) outcomes.push((await client.ask({ type: 'auth', data: { token } })).data);
    expect(outcomes.map((data) => (data as { success: boolean }).success)).toEqual(
      tokens.map((token) => token === 'token-alice'),
    );
  });

  it('are answered with their correlation id, that of the third failure too', async () => {
    const { connect } = await startApp(testAuth);
    const client = await connect();
    for (const correlation_id of ['1', '2', '3']) client.send({ type: 'auth', data: { token: 'bad' }, correlation_id });
    await client.closed;
    expect(client.received.map((answer) => answer.correlation_id)).toEqual(['1', '2', '3']);
  });
});

class TokenExpiredError extends Error {}

class TellingHandler extends AuthHandler {
  override async authenticate(token: string): Promise<string> {
    if (token === 'expired') throw new TokenExpiredError('jwt expired at noon');
    if (token === 'unknown') throw new Error('no such user');
    if (token === 'nobody') return '';
    throw new TypeError(`bad token ${token}`);
  }

  override checkPermission(): boolean {
    return true;
  }
}

describe('a bad, an expired and an unknown token', () => {
  const tokens = ['bad', 'expired', 'unknown', 'nobody'];
  const telling = { authHandler: { useClass: TellingHandler } };

  it('get byte by byte the same answer in the handshake', async () => {
    const { connect } = await startApp(telling);
    const seen = new Set<string>();
    for (const token of tokens) {
      const client = await connect(`?token=${token}`);
      seen.add(JSON.stringify([await client.closed, client.received]));
    }
    expect([...seen]).toHaveLength(1);
  });

  it('get byte by byte the same answer in a message', async () => {
    const { connect } = await startApp(telling);
    const seen = new Set<string>();
    for (const token of tokens) {
      const client = await connect();
      client.send({ type: 'auth', data: { token } });
      seen.add(JSON.stringify(await client.next('auth_response')));
    }
    expect([...seen]).toHaveLength(1);
  });

  it('appear in no log, and neither do the error messages of the AuthHandler', async () => {
    const { connect, log } = await startApp(telling);
    await (
      await connect('?token=bad')
    ).closed;
    await (
      await connect('?token=expired')
    ).closed;
    await (
      await connect('', bearer('unknown'))
    ).closed;
    expect(log.of('authentication failed')).not.toHaveLength(0);
    expect(log.text()).not.toMatch(/bad token|token=|noon|no such user/);
  });
});
