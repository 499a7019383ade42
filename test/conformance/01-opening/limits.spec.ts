import { describe, expect, it } from 'vitest';
import { LatchedAuthHandler } from '../../support/latched-auth-handler.js';
import { RawClient } from '../../support/raw-client.js';
import { upgradeHead } from '../../support/raw-frames.js';
import { expectRefusal } from '../../support/refused-upgrade.js';
import { startApp, testAuth } from '../../support/test-app.js';

const addressFull = { status: 429, code: 'CONNECTION_LIMIT_EXCEEDED', reason: 'address_limit' } as const;
const serverFull = { status: 503, code: 'CONNECTION_LIMIT_EXCEEDED', reason: 'server_full' } as const;
const tooFast = { status: 429, code: 'RATE_LIMIT_EXCEEDED', reason: 'connect_rate' } as const;

describe('maxConnectionsPerIp', () => {
  it('lets in that many connections of an address, and refuses one more with 429 and Retry-After', async () => {
    const app = await startApp({ maxConnectionsPerIp: 3 });
    for (let count = 0; count < 3; count += 1) await app.connect();
    const { headers } = await expectRefusal(app.port, {}, addressFull);
    expect(headers.get('retry-after')).toBe('5');
    expect(app.registry.list()).toHaveLength(3);
  });
});

describe('maxConnections', () => {
  it('lets in that many connections, and refuses one more with 503 and Retry-After', async () => {
    const app = await startApp({ maxConnections: 2 });
    for (let count = 0; count < 2; count += 1) await app.connect();
    const { headers } = await expectRefusal(app.port, {}, serverFull);
    expect(headers.get('retry-after')).toBe('5');
    expect(app.registry.list()).toHaveLength(2);
  });

  it('counts clients whose token is still being checked', async () => {
    const auth = new LatchedAuthHandler();
    auth.tokens.close();
    const app = await startApp({ maxConnections: 1, ...auth.source });
    const first = await RawClient.open(app.port);
    first.write(upgradeHead({ target: '/ws?token=token-alice' }));
    await auth.tokens.reached();
    await expectRefusal(app.port, {}, serverFull);
    auth.tokens.open();
    expect((await first.httpAnswer()).status).toBe(101);
  });
});

describe('connectRatePerIp', () => {
  it('lets a burst in and refuses one more with 429 and the seconds to wait', async () => {
    const app = await startApp({ connectRatePerIp: 1, connectBurstPerIp: 3 });
    for (let count = 0; count < 3; count += 1) await app.connect();
    const { headers } = await expectRefusal(app.port, {}, tooFast);
    expect(headers.get('retry-after')).toBe('1');
  });

  it('counts attempts: closing a connection gives none back', async () => {
    const app = await startApp({ connectRatePerIp: 1, connectBurstPerIp: 1 });
    const client = await app.connect();
    client.webSocket.close();
    await client.closed;
    await expectRefusal(app.port, {}, tooFast);
  });
});

describe('authFailuresPerIp', () => {
  it('refuses the next token of a handshake with 429 and Retry-After before it is checked', async () => {
    const app = await startApp({ ...testAuth, authFailuresPerIp: 2 });
    for (let count = 0; count < 2; count += 1) await (await app.connect('?token=bad')).closed;
    const { headers } = await expectRefusal(app.port, { target: '/ws?token=token-alice' }, tooFast);
    expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(30);
  });

  it('does not refuse a client without a token', async () => {
    const app = await startApp({ ...testAuth, authFailuresPerIp: 1 });
    await (
      await app.connect('?token=bad')
    ).closed;
    await app.connect();
  });
});
