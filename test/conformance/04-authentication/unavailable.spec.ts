import { AuthenticationUnavailableError, type Handshake, type Identity } from '@skreaver/nestjs-ws';
import { register } from 'prom-client';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { MetricName } from '../../../src/metrics/metric-names.js';
import { LatchedAuthHandler } from '../../support/latched-auth-handler.js';
import { expectRefusal } from '../../support/refused-upgrade.js';
import { startApp, TestAuthHandler } from '../../support/test-app.js';

/** An `AuthHandler` whose identity provider can be away. */
class ProvidedHandler extends TestAuthHandler {
  isAway = true;
  retryAfterMs: number | undefined = 2500;
  asked = 0;
  readonly source = { authHandler: { useFactory: () => this } };

  override authenticate(token: string, handshake: Handshake): string | Identity {
    this.asked += 1;
    if (this.isAway) throw new AuthenticationUnavailableError(this.retryAfterMs);
    return super.authenticate(token, handshake);
  }
}

const target = '/ws?token=token-alice';
const away = { status: 503, code: 'UNAVAILABLE', reason: 'authentication_unavailable' } as const;
const unavailable = { success: false, error: { code: 'UNAVAILABLE', details: { retry_after_ms: 2500 } } };
const auth = (token: string) => ({ type: 'auth', data: { token } });

/** From now on the server's time passes by the returned function alone. That of clients goes on. */
function stopTime(): (ms: number) => void {
  vi.useFakeTimers({ toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  return (ms) => void vi.advanceTimersByTime(ms);
}

async function failuresBy(reason: string): Promise<number> {
  const metric = await register.getSingleMetric(MetricName.ConnectionsFailed)?.get();
  return metric?.values.find(({ labels }) => labels['reason'] === reason)?.value ?? 0;
}

describe('an AuthHandler that cannot tell whether a token is valid', () => {
  it.each([
    [2500, '3'],
    [undefined, '5'],
    [Number.NaN, '5'],
    [-1, '5'],
    [Number.POSITIVE_INFINITY, '5'],
    [1e300, '3600'],
  ])('refuses the upgrade with 503, and asks for a delay of %d ms by Retry-After: %s', async (retryAfterMs, header) => {
    const handler = new ProvidedHandler();
    handler.retryAfterMs = retryAfterMs;
    const app = await startApp({ ...handler.source, maxConnections: 1 });
    const { headers } = await expectRefusal(app.port, { target }, away);
    expect(headers.get('retry-after')).toBe(header);
    handler.isAway = false;
    await app.connect('?token=token-alice');
  });

  it('answers an auth message with UNAVAILABLE, and closes with 1013 and a time to return', async () => {
    const { connect, registry } = await startApp(new ProvidedHandler().source);
    const before = await failuresBy('authentication_unavailable');
    const client = await connect();
    client.send({ ...auth('token-alice'), correlation_id: 'a1' });
    expect(await client.next('auth_response')).toMatchObject({ correlation_id: 'a1', data: unavailable });
    expect(await client.closed).toEqual({ code: 1013, reason: 'TRY_AGAIN_LATER;retry_after_ms=2500' });
    expect(registry.list()).toEqual([]);
    expect(await failuresBy('authentication_unavailable')).toBe(before + 1);
  });

  it('leaves a session as it is, however often a renewal is tried', async () => {
    const handler = new ProvidedHandler();
    handler.isAway = false;
    const { connect, subscriptions } = await startApp({ ...handler.source, expiryGrace: 300 });
    const client = await connect('?token=expires-60000-alice');
    await client.subscribe('private-alice');
    handler.isAway = true;
    for (let tries = 0; tries < 5; tries += 1) {
      expect((await client.ask(auth('token-alice'))).data).toMatchObject(unavailable);
    }
    await subscriptions.broadcast('private-alice', 'still here');
    expect((await client.next('event')).data).toBe('still here');
    handler.isAway = false;
    expect((await client.ask(auth('expires-60000-alice'))).data).toMatchObject({ success: true });
  });

  it('does not give a session more time than its token had', async () => {
    const pass = stopTime();
    const handler = new ProvidedHandler();
    handler.isAway = false;
    const { connect } = await startApp({ ...handler.source, expiryGrace: 200 });
    const client = await connect('?token=expires-100-alice');
    handler.isAway = true;
    expect((await client.ask(auth('token-alice'))).data).toMatchObject(unavailable);
    pass(250);
    await client.settle();
    pass(100);
    expect(await client.closed).toEqual({ code: 4004, reason: 'SESSION_EXPIRED' });
  });

  it('counts no failure against the client or its address', async () => {
    const handler = new ProvidedHandler();
    const app = await startApp({ ...handler.source, authFailuresPerIp: 1 });
    const before = await failuresBy('authentication_failed');
    for (let tries = 0; tries < 5; tries += 1) await expectRefusal(app.port, { target }, away);
    for (let tries = 0; tries < 5; tries += 1) {
      const client = await app.connect();
      client.send(auth('token-alice'));
      expect((await client.closed).code).toBe(1013);
    }
    expect(handler.asked).toBe(10);
    expect(await failuresBy('authentication_failed')).toBe(before);
    handler.isAway = false;
    expect(await (await app.connect('?token=token-alice')).next('auth_response')).toMatchObject({
      data: { success: true },
    });
    expect(app.log.of('authentication failed')).toEqual([]);
    expect(app.log.of('token could not be checked')).not.toEqual([]);
    expect(app.log.text()).not.toContain('token-alice');
  });
});

describe('a slow check of an auth message', () => {
  const slow = () => {
    const handler = new LatchedAuthHandler();
    handler.tokens.close();
    return handler;
  };

  it('stops the clock of authTimeout', async () => {
    const pass = stopTime();
    const handler = slow();
    const { connect } = await startApp({ ...handler.source, authTimeout: 600 });
    const client = await connect();
    pass(500);
    client.send(auth('token-alice'));
    await handler.tokens.reached();
    pass(500);
    handler.tokens.open();
    expect((await client.next('auth_response')).data).toMatchObject({ success: true, user_id: 'alice' });
  });

  it('leaves a client whose token is refused the time that was left, and no more', async () => {
    const pass = stopTime();
    const handler = slow();
    const { connect } = await startApp({ ...handler.source, authTimeout: 600 });
    const client = await connect();
    pass(300);
    client.send(auth('bad'));
    await handler.tokens.reached();
    pass(500);
    handler.tokens.open();
    expect((await client.next('auth_response')).data).toMatchObject({ success: false });
    pass(250);
    await client.settle();
    pass(100);
    expect(await client.closed).toEqual({ code: 4501, reason: 'AUTHENTICATION_TIMEOUT' });
  });

  it('that hangs ends with 1013 at its own timeout, and a later result is ignored', async () => {
    const pass = stopTime();
    const handler = slow();
    const { connect, registry } = await startApp({ ...handler.source, authTimeout: 300 });
    const client = await connect();
    client.send(auth('token-alice'));
    await handler.tokens.reached();
    pass(350);
    expect((await client.next('auth_response')).data).toMatchObject({ success: false, error: { code: 'UNAVAILABLE' } });
    expect(await client.closed).toEqual({ code: 1013, reason: 'TRY_AGAIN_LATER;retry_after_ms=5000' });
    handler.tokens.open();
    await new Promise(setImmediate);
    expect(registry.ofUser('alice')).toHaveLength(0);
    expect(registry.getStats()).toMatchObject({ activeConnections: 0, authenticatedConnections: 0 });
  });

  it('renews a session whose grace period ended meanwhile', async () => {
    const pass = stopTime();
    const handler = new LatchedAuthHandler();
    const { connect } = await startApp({ ...handler.source, expiryGrace: 200 });
    const client = await connect('?token=expires-100-alice');
    handler.tokens.close();
    client.send(auth('expires-60000-alice'));
    await handler.tokens.reached();
    pass(500);
    handler.tokens.open();
    await client.next('auth_response');
    expect((await client.next('auth_response')).data).toMatchObject({ success: true });
    await client.settle();
  });

  it('that refuses the token ends a session whose grace period ended meanwhile', async () => {
    const pass = stopTime();
    const handler = new LatchedAuthHandler();
    const { connect } = await startApp({ ...handler.source, expiryGrace: 200 });
    const client = await connect('?token=expires-100-alice');
    handler.tokens.close();
    client.send(auth('bad'));
    await handler.tokens.reached();
    pass(500);
    await new Promise(setImmediate);
    expect(client.webSocket.readyState).toBe(client.webSocket.OPEN);
    handler.tokens.open();
    expect((await client.next('auth_response')).data).toMatchObject({ success: true });
    expect((await client.next('auth_response')).data).toMatchObject({ success: false });
    pass(100);
    expect(await client.closed).toEqual({ code: 4004, reason: 'SESSION_EXPIRED' });
    expect(client.received).toHaveLength(2);
  });
});
