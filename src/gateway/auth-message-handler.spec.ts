import { afterEach, describe, expect, it, vi } from 'vitest';
import { serviceRig } from '../../test/support/service-rig.js';
import { AuthHandler } from '../auth/index.js';
import type { SkreaverWsOptions } from '../config/index.js';
import type { Identity } from '../connection/index.js';

/** `<user>` is a valid token, and `bad` an invalid one. The test decides on tokens that begin with `wait`. */
class Handler extends AuthHandler {
  readonly waiting: ((answer: string | Identity) => void)[] = [];
  readonly asked = vi.fn<(token: string) => void>();
  override authenticate(token: string): string | Promise<string | Identity> {
    this.asked(token);
    if (token.startsWith('wait')) return new Promise((resolve) => this.waiting.push(resolve));
    if (token === 'bad') throw new Error('bad');
    return token;
  }
  override checkPermission(): boolean {
    return true;
  }
}

const withHandler = (user?: string, options: SkreaverWsOptions = {}) => {
  const handler = new Handler();
  const rig = serviceRig({ authFailuresPerIp: 100, ...options }, handler);
  const client = rig.connect(user);
  const auth = (token: string) => rig.authMessages.authenticate(client.connection, { type: 'auth', data: { token } });
  return { ...rig, ...client, handler, auth };
};

describe('AuthMessageHandler', () => {
  afterEach(() => void vi.useRealTimers());

  it('authenticates a connection as the user of the token, and widens the bounds of the socket', async () => {
    const { auth, connection, table, socket } = withHandler();
    expect((await auth('alice'))?.answer).toEqual({
      type: 'auth_response',
      data: {
        success: true,
        user_id: 'alice',
        connection_id: connection.id,
        ping_interval: 30_000,
        reconnect_window_ms: 2000,
        message_rate: 50,
        message_burst: 100,
        max_requests: 100,
      },
    });
    expect(table.ofUser('alice')).toEqual([connection]);
    expect(socket.trusted).toBe(1);
  });

  it('responds with the expiry of the session, and sets its deadline', async () => {
    vi.useFakeTimers({ now: 9e12 - 4999 });
    const { auth, handler, wheel } = withHandler();
    const answer = auth('wait');
    handler.waiting[0]?.({ userId: 'alice', expiresAt: new Date(9e12) });
    expect((await answer)?.answer.data).toMatchObject({ success: true, expires_at: 9e12, expires_in: 4 });
    expect(wheel.size).toBe(1);
  });

  it('renews the session of the same user, and rejects the token of another user', async () => {
    const { auth, connection } = withHandler('alice');
    expect((await auth('alice'))?.answer.data).toMatchObject({ success: true });
    expect((await auth('bob'))?.answer.data).toMatchObject({
      success: false,
      error: { code: 'AUTHENTICATION_FAILED' },
    });
    expect(connection.userId).toBe('alice');
  });

  it('responds to two failures, and closes with 4500 after the response to the third', async () => {
    const { auth } = withHandler();
    for (const outcome of [await auth('bad'), await auth('bad')]) {
      expect(outcome?.answer.data.success).toBe(false);
      expect(outcome).not.toHaveProperty('close');
    }
    expect(await auth('bad')).toMatchObject({
      answer: { type: 'auth_response', data: { success: false, error: { code: 'AUTHENTICATION_FAILED' } } },
      close: { code: 4500 },
    });
  });

  it('counts failures anew after a success', async () => {
    const { auth } = withHandler();
    for (const token of ['bad', 'bad', 'alice', 'bad', 'bad']) expect(await auth(token)).not.toHaveProperty('close');
  });

  it('sets no identity of a connection that closed while the token was checked', async () => {
    const { auth, handler, connection, table } = withHandler();
    const answer = auth('wait');
    table.remove(connection);
    handler.waiting[0]?.('alice');
    expect(await answer).toBeUndefined();
    expect(table.ofUser('alice')).toEqual([]);
  });

  it('drops the result of a check during which the connection changed its user', async () => {
    const { auth, handler, connection, table } = withHandler();
    const answer = auth('wait');
    table.identify(connection, { userId: 'bob' });
    handler.waiting[0]?.('alice');
    expect(await answer).toBeUndefined();
    expect(connection.userId).toBe('bob');
  });

  it('checks no token while the address has failed too often, and does not count a valid token as a failure', async () => {
    const { auth, handler, throttler, connection } = withHandler(undefined, { authFailuresPerIp: 1 });
    throttler.authenticationFailures.take(connection.clientAddress);
    const error = { code: 'RATE_LIMIT_EXCEEDED', details: { retry_after_ms: expect.any(Number) } };
    for (let i = 0; i < 4; i += 1) {
      const outcome = await auth('alice');
      expect(outcome?.answer.data).toMatchObject({ success: false, error });
      expect(outcome).not.toHaveProperty('close');
    }
    expect(handler.asked).not.toHaveBeenCalled();
  });

  it('counts a failure against the address', async () => {
    const { auth, throttler, connection } = withHandler(undefined, { authFailuresPerIp: 1 });
    await auth('bad');
    expect(throttler.authenticationFailures.waitMs(connection.clientAddress)).toBeGreaterThan(0);
  });

  it('closes with 1013 and a time to wait when too many tokens are being checked', async () => {
    const { auth, authMessages, connect } = withHandler(undefined, { maxPendingAuthentications: 1 });
    void authMessages.authenticate(connect().connection, { type: 'auth', data: { token: 'wait' } });
    expect(await auth('alice')).toMatchObject({
      answer: { data: { success: false, error: { code: 'UNAVAILABLE' } } },
      close: { code: 1013, retryAfterMs: 5000 },
    });
  });

  it('accepts no token in a message if tokenSources excludes messages', async () => {
    const { auth, handler, connection } = withHandler(undefined, { tokenSources: ['header'] });
    expect((await auth('alice'))?.answer.data).toMatchObject({
      success: false,
      error: { code: 'AUTHENTICATION_FAILED' },
    });
    expect(handler.asked).not.toHaveBeenCalled();
    expect(connection.userId).toBeUndefined();
  });

  it('accepts any token without a handler', async () => {
    const rig = serviceRig();
    const { connection } = rig.connect('anonymous_1');
    const answer = await rig.authMessages.authenticate(connection, { type: 'auth', data: { token: 'any' } });
    expect(answer?.answer.data).toMatchObject({ success: true, user_id: 'anonymous_1' });
  });

  it('gives the same response to a bad, an expired and an unknown token', async () => {
    const { auth, handler } = withHandler();
    const bad = await auth('bad');
    const pending = auth('wait');
    handler.waiting[0]?.({ userId: '' });
    expect(await pending).toEqual(bad);
  });
});
