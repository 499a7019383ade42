import { describe, expect, it } from 'vitest';
import { LatchedAuthHandler } from '../../support/latched-auth-handler.js';
import { RawClient } from '../../support/raw-client.js';
import { upgradeHead } from '../../support/raw-frames.js';
import { expectRefusal } from '../../support/refused-upgrade.js';
import { startApp } from '../../support/test-app.js';

const hung = { status: 504, code: 'AUTHENTICATION_TIMEOUT', reason: 'authentication_timeout' } as const;
const busy = { status: 503, code: 'RATE_LIMIT_EXCEEDED', reason: 'authentication_busy' } as const;
const target = '/ws?token=token-alice';

function hangingHandler(): LatchedAuthHandler {
  const auth = new LatchedAuthHandler();
  auth.tokens.close();
  return auth;
}

describe('an AuthHandler that hangs', () => {
  it('is answered for by HTTP 504 within 1 s of authTimeout, and not before', async () => {
    const app = await startApp({ ...hangingHandler().source, authTimeout: 150 });
    const startedAt = performance.now();
    const { headers } = await expectRefusal(app.port, { target }, hung);
    const took = performance.now() - startedAt;
    expect(took).toBeGreaterThanOrEqual(150);
    expect(took).toBeLessThan(1150);
    expect(headers.get('retry-after')).toBe('5');
  });

  it('does not keep the connection permit of its client', async () => {
    const app = await startApp({ ...hangingHandler().source, authTimeout: 100, maxConnections: 1 });
    await expectRefusal(app.port, { target }, hung);
    await app.connect();
  });

  it('makes no connection when it answers after the 504', async () => {
    const auth = hangingHandler();
    const app = await startApp({ ...auth.source, authTimeout: 100 });
    await expectRefusal(app.port, { target }, hung);
    auth.tokens.open();
    await (await app.connect()).settle();
    expect(app.registry.getStats()).toMatchObject({ activeConnections: 1, authenticatedConnections: 0 });
  });

  it('is given at most maxPendingAuthentications tokens; the next one gets 503 and Retry-After', async () => {
    const auth = hangingHandler();
    const app = await startApp({ ...auth.source, maxPendingAuthentications: 1 });
    const first = await RawClient.open(app.port);
    first.write(upgradeHead({ target }));
    await auth.tokens.reached();
    const { headers } = await expectRefusal(app.port, { target }, busy);
    expect(headers.get('retry-after')).toBe('5');
    auth.tokens.open();
    expect((await first.httpAnswer()).status).toBe(101);
    await app.connect('?token=token-bob');
  });
});
