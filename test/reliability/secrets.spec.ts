import { randomBytes } from 'node:crypto';
import { AuthHandler } from '@skreaver/nestjs-ws';
import { register } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { refusalOf } from '../support/refusal-of.js';
import { startApp } from '../support/test-app.js';
import { TestClient } from '../support/test-client.js';

const TOKENS = 1000;
const AT_ONCE = 20;

/** Does what it should not: puts the token into its errors. */
class LeakyAuth extends AuthHandler {
  override authenticate(token: string): string {
    if (token.startsWith('good-')) return 'alice';
    if (token.startsWith('class-')) throw Object.assign(new Error('x'), { name: token, token });
    throw new Error(`bad token\n    at ${token} (${token})`, { cause: new Error(token) });
  }

  override checkPermission(): boolean {
    return true;
  }
}

const WAYS = ['url', 'header', 'protocol', 'cookie', 'message'] as const;
type Way = (typeof WAYS)[number];
const base64url = (token: string): string => Buffer.from(token).toString('base64url');
const KINDS = ['good-', 'bad-', 'class-'];
const secrets = (): string[] =>
  Array.from({ length: TOKENS }, (_value, at) => `${KINDS[at % KINDS.length]}${randomBytes(12).toString('hex')}`);

describe('a thousand tokens through URL, header, subprotocol, cookie and message', () => {
  it('appear in no log line, metric, frame or HTTP answer', async () => {
    const tokenSources = ['url', 'header', 'protocol', 'cookie:sid', 'message'] as const;
    const app = await startApp({ authHandler: { useClass: LeakyAuth }, tokenSources });
    const tokens = secrets();
    const seen: string[] = [];
    const use = async (token: string, at: number): Promise<void> => {
      seen.push(await framesOf(app.url, token, WAYS[at % WAYS.length] as Way));
    };
    for (let at = 0; at < tokens.length; at += AT_ONCE) {
      await Promise.all(tokens.slice(at, at + AT_ONCE).map((token, index) => use(token, at + index)));
    }
    const full = await startApp({ maxConnections: 1, authHandler: { useClass: LeakyAuth } });
    await full.connect();
    for (const token of tokens.slice(0, 50)) {
      seen.push((await refusalOf(full, `?token=${token}`)).text);
      seen.push((await refusalOf(full, '', { authorization: `Bearer ${token}` })).text);
      seen.push((await refusalOf(full, `?token=${token}`, { origin: 'https://evil.example' })).text);
    }
    const everything = [app.log.text(), full.log.text(), await register.metrics(), ...seen].join('\n');
    const parts = tokens.map((token) => token.slice(token.indexOf('-') + 1));
    expect(parts.filter((secret) => everything.includes(secret))).toEqual([]);
    expect(tokens.filter((token) => everything.includes(base64url(token)))).toEqual([]);
    expect(seen.length).toBe(TOKENS + 150);
    expect(app.log.text()).toContain('authentication failed');
  });
});

function headersOf(url: string, token: string, way: Way): Record<string, string> {
  if (way === 'header') return { authorization: `Bearer ${token}` };
  return way === 'cookie' ? { cookie: `sid=${token}`, origin: new URL(url).origin.replace('ws', 'http') } : {};
}

async function framesOf(url: string, token: string, way: Way): Promise<string> {
  const client = await TestClient.open(way === 'url' ? `${url}?token=${token}` : url, {
    headers: headersOf(url, token, way),
    protocols: way === 'protocol' ? ['skreaver.v1', `bearer.${base64url(token)}`] : [],
  });
  if (way === 'message') client.send({ type: 'auth', data: { token } });
  await client.next('auth_response');
  client.send({ type: 'auth', data: { token: 7, note: token } });
  client.webSocket.close();
  const { reason } = await client.closed;
  return JSON.stringify(client.received) + reason;
}
