import { SKREAVER_WS_CONFIG, type ResolvedConfig } from '@skreaver/nestjs-ws';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { TokenAuthHandler } from '../../apps/server/src/authentication/index.js';
import { httpEndpoint } from '../support/http-endpoint.js';
import { expectRefusal } from '../support/refused-upgrade.js';
import { startApp } from '../support/test-app.js';

const { publicKey, privateKey } = await generateKeyPair('ES256');
const jwks = JSON.stringify({ keys: [await exportJWK(publicKey)] });
const token = await new SignJWT({ sub: 'alice' }).setProtectedHeader({ alg: 'ES256' }).sign(privateKey);
const target = `/ws?token=${token}`;
const away = { status: 503, code: 'UNAVAILABLE', reason: 'authentication_unavailable' } as const;

/** The application of the standalone server, with its keys at a URL that answers as the test says. */
async function appWithJwks(authTimeout: number) {
  const endpoint = { state: 'away' as 'away' | 'hanging' | 'back' };
  const url = await httpEndpoint((_request, response) => {
    if (endpoint.state === 'away') response.writeHead(503).end();
    if (endpoint.state === 'back') response.end(jwks);
  });
  const settings = { jwt: { keys: { kind: 'url', url } as const }, apiKeys: [] };
  const authHandler = {
    inject: [SKREAVER_WS_CONFIG],
    useFactory: (config: ResolvedConfig) => new TokenAuthHandler(settings, config.authTimeout),
  };
  return { endpoint, app: await startApp({ authHandler, authTimeout, authFailuresPerIp: 1 }) };
}

describe('a JWKS endpoint that is down', () => {
  it('makes every upgrade fail with 503, counts against no client, and is over with the outage', async () => {
    const { endpoint, app } = await appWithJwks(10_000);
    for (let client = 0; client < 25; client += 1) await expectRefusal(app.port, { target }, away);
    endpoint.state = 'back';
    await expect
      .poll(() => app.connect(`?token=${token}`).then(() => 'let in', String), { timeout: 20_000, interval: 200 })
      .toBe('let in');
  });

  it('that hangs is given up before authTimeout, with 503 instead of 504', async () => {
    const { endpoint, app } = await appWithJwks(1000);
    endpoint.state = 'hanging';
    const { headers } = await expectRefusal(app.port, { target }, away);
    expect(headers.get('retry-after')).toBe('5');
  });

  it('closes a client that authenticates by message with 1013 and a time to return', async () => {
    const { endpoint, app } = await appWithJwks(1000);
    endpoint.state = 'hanging';
    const client = await app.connect();
    client.send({ type: 'auth', data: { token } });
    expect(await client.closed).toEqual({ code: 1013, reason: 'TRY_AGAIN_LATER;retry_after_ms=5000' });
  });
});
