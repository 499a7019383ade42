import { ShutdownService } from '@skreaver/nestjs-ws';
import { describe, expect, it } from 'vitest';
import { LatchedAuthHandler } from '../../support/latched-auth-handler.js';
import { RawClient } from '../../support/raw-client.js';
import { upgradeHead } from '../../support/raw-frames.js';
import { expectRefusal } from '../../support/refused-upgrade.js';
import { startApp } from '../../support/test-app.js';

const draining = { status: 503, code: 'SERVICE_RESTART', reason: 'draining' } as const;

describe('a draining server', () => {
  it('refuses new connections with 503 and Retry-After while the open ones close', async () => {
    const app = await startApp({ shutdownTimeout: 1000 });
    (await app.connect()).stall();
    const drained = app.app.get(ShutdownService).beforeApplicationShutdown();
    const { headers } = await expectRefusal(app.port, {}, draining);
    expect(headers.get('retry-after')).toBe('5');
    await drained;
    await expectRefusal(app.port, {}, draining);
  });

  it('refuses a client whose token was being checked when the drain began', async () => {
    const auth = new LatchedAuthHandler();
    auth.tokens.close();
    const app = await startApp({ ...auth.source, shutdownTimeout: 1000 });
    const client = await RawClient.open(app.port);
    client.write(upgradeHead({ target: '/ws?token=token-alice' }));
    await auth.tokens.reached();
    await app.app.get(ShutdownService).beforeApplicationShutdown();
    const answer = await client.httpAnswer();
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('5');
    auth.tokens.open();
    expect(app.registry.list()).toHaveLength(0);
  });

  it('does not wait for a token that is still being checked', async () => {
    const auth = new LatchedAuthHandler();
    auth.tokens.close();
    const app = await startApp({ ...auth.source, shutdownTimeout: 60_000 });
    const client = await RawClient.open(app.port);
    client.write(upgradeHead({ target: '/ws?token=token-alice' }));
    await auth.tokens.reached();
    const began = performance.now();
    await app.app.close();
    await client.closed;
    expect(performance.now() - began).toBeLessThan(3000);
  });
});
