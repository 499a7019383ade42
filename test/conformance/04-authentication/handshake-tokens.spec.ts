import { AuthHandler, type Handshake } from '@skreaver/nestjs-ws';
import { describe, expect, it } from 'vitest';
import type { TestClient } from '../../support/test-client.js';
import { refusalOf } from '../../support/refusal-of.js';
import { type TestApp, startApp, testAuth } from '../../support/test-app.js';

const PAGE = 'https://app.example.com';
const FOREIGN = 'https://evil.example';
const withCookie = {
  ...testAuth,
  tokenSources: ['message', 'url', 'cookie:sid'],
  allowedOrigins: [PAGE],
} as const;

const bearer = (token: string): string => `bearer.${Buffer.from(token).toString('base64url')}`;
const cookie = (value: string, origin?: string): { headers: Record<string, string> } => ({
  headers: { cookie: value, ...(origin === undefined ? {} : { origin }) },
});

async function isAuthenticated(client: TestClient): Promise<boolean> {
  return (await client.request('ping')).data.status === 'success';
}

async function userOf(client: TestClient): Promise<unknown> {
  return ((await client.next('auth_response')).data as { user_id?: string }).user_id;
}

describe('a token in a cookie', () => {
  it('is taken from a page of a listed origin and of the own host, and answered at once', async () => {
    const app = await startApp(withCookie);
    for (const origin of [PAGE, app.httpUrl]) {
      expect(await userOf(await app.connect('', cookie('a=1; sid=token-alice', origin)))).toBe('alice');
    }
  });

  it('is ignored without an Origin, and other sources stay in use', async () => {
    const app = await startApp(withCookie);
    const client = await app.connect('', cookie('sid=token-alice'));
    expect(await isAuthenticated(client)).toBe(false);
    expect(client.received.some(({ type }) => type === 'auth_response')).toBe(false);
    await client.ask({ type: 'auth', data: { token: 'token-bob' } });
    expect(await isAuthenticated(client)).toBe(true);
  });

  it('does not reach the AuthHandler from a page of a foreign origin, which gets 403', async () => {
    const asked: string[] = [];
    class Asked extends AuthHandler {
      override authenticate(token: string): string {
        asked.push(token);
        return 'alice';
      }
      override checkPermission(): boolean {
        return true;
      }
    }
    const app = await startApp({ ...withCookie, authHandler: { useClass: Asked } });
    for (const origin of [FOREIGN, 'null', `${PAGE}.evil.example`, '*']) {
      expect((await refusalOf(app, '', cookie('sid=token-alice', origin).headers)).status).toBe(403);
    }
    expect(asked).toEqual([]);
  });

  it('is ignored where no source names it', async () => {
    const app = await startApp({ ...testAuth, allowedOrigins: [PAGE] });
    expect(await isAuthenticated(await app.connect('', cookie('sid=token-alice', PAGE)))).toBe(false);
  });

  it('is looked at after the token of the URL, and does not stand in for one that is refused', async () => {
    const app = await startApp(withCookie);
    expect(await userOf(await app.connect('?token=token-bob', cookie('sid=token-alice', PAGE)))).toBe('bob');
    const client = await app.connect('?token=bad', cookie('sid=token-alice', PAGE));
    expect(await client.closed).toEqual({ code: 4500, reason: 'AUTHENTICATION_FAILED' });
  });

  it('is answered with 400 where its name occurs twice', async () => {
    const app = await startApp(withCookie);
    const refusal = await refusalOf(app, '', cookie('sid=token-alice; sid=token-bob', PAGE).headers);
    expect(refusal).toMatchObject({ status: 400, body: { code: 'BAD_REQUEST' } });
  });

  it('is closed with 4500 where it is refused', async () => {
    const app = await startApp(withCookie);
    const client = await app.connect('', cookie('sid=old', PAGE));
    expect(await client.closed).toEqual({ code: 4500, reason: 'AUTHENTICATION_FAILED' });
  });
});

it('cookies as a source of tokens stop the start while pages of any origin may connect', async () => {
  await expect(async () => startApp({ ...withCookie, allowedOrigins: ['*'] })).rejects.toThrow(
    /allowedOrigins without "\*" beside a cookie/,
  );
});

describe('a token in a subprotocol', () => {
  it('is taken and answered at once, and skreaver.v1 alone is negotiated', async () => {
    const { connect } = await startApp(testAuth);
    const client = await connect('', { protocols: ['skreaver.v1', bearer('token-a b+é')] });
    expect(client.webSocket.protocol).toBe('skreaver.v1');
    expect(await userOf(client)).toBe('a b+é');
  });

  it('is not a subprotocol by itself: without skreaver.v1 the answer is 400', async () => {
    const app = await startApp(testAuth);
    const refusal = await refusalOf(app, '', { 'sec-websocket-protocol': bearer('token-alice') });
    expect(refusal).toMatchObject({ status: 400, body: { code: 'UNKNOWN_SUBPROTOCOL' } });
  });

  it.each([
    ['is not base64url', 'bearer.t%k'],
    ['is empty', 'bearer.'],
    ['is not UTF-8', 'bearer.wyg'],
    ['stands there twice', `${bearer('token-alice')}, ${bearer('token-alice')}`],
  ])('is answered with 400 where it %s', async (_what, offer) => {
    const app = await startApp(testAuth);
    const refusal = await refusalOf(app, '', { 'sec-websocket-protocol': `skreaver.v1, ${offer}` });
    expect(refusal).toMatchObject({ status: 400, body: { code: 'BAD_REQUEST' } });
    expect(refusal.text).not.toContain('t%k');
  });

  it('is ignored where no source names it, however it is written', async () => {
    const app = await startApp({ ...testAuth, tokenSources: ['message'] });
    const client = await app.connect('', { protocols: ['skreaver.v1', bearer('token-alice'), 'bearer.x'] });
    expect(await isAuthenticated(client)).toBe(false);
  });
});

/** Brings one secret in each place, of which only that in the URL is taken. */
function connectWithSecrets(app: TestApp): Promise<TestClient> {
  const headers = { cookie: 'sid=s3cret-c; x=s3cret-x', authorization: 'Bearer s3cret-h', origin: PAGE };
  return app.connect('?token=s3cret-u', { headers, protocols: ['skreaver.v1', bearer('s3cret-p')] });
}

it('the handshake that authenticate() gets holds no token, no cookie and no bearer, and neither does the log', async () => {
  const seen: Handshake[] = [];
  class Looking extends AuthHandler {
    override authenticate(_token: string, handshake: Handshake): string {
      seen.push(handshake);
      return 'alice';
    }
    override checkPermission(): boolean {
      return true;
    }
  }
  const app = await startApp({ ...withCookie, authHandler: { useClass: Looking } });
  const client = await connectWithSecrets(app);
  await client.next('auth_response');
  expect(Object.keys(seen[0]?.headers ?? {})).not.toContain('cookie');
  const encoded = Buffer.from('s3cret-p').toString('base64url');
  for (const text of [JSON.stringify(seen), app.log.text(), JSON.stringify(client.received)]) {
    expect(text).not.toContain('s3cret');
    expect(text).not.toContain(encoded);
  }
});
