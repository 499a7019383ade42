import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AuthenticationUnavailableError } from '@skreaver/nestjs-ws';
import { exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { createPublicKey } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startApp } from '../../../../test/support/test-app.js';
import { apiKey } from './api-keys.js';
import { ChannelGrant } from './channel-grant.js';
import type { JwtSettings } from './jwt-verifier.js';
import { TokenAuthHandler, type TokenIdentity } from './token-auth-handler.js';

const secret = new TextEncoder().encode('a secret of no less than 32 bytes');
const ec = await generateKeyPair('ES256');
const rsa = await generateKeyPair('RS256');
const jwks = {
  keys: [
    { ...(await exportJWK(ec.publicKey)), kid: 'ec' },
    { ...(await exportJWK(rsa.publicKey)), kid: 'rsa' },
  ],
};
const pem = await exportSPKI(ec.publicKey);

type Key = Parameters<SignJWT['sign']>[0];

const signed = (claims: JWTPayload, key: Key = secret, alg = 'HS256', kid?: string): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg, ...(kid && { kid }) }).sign(key);

const unsecured = (claims: JWTPayload): string =>
  [{ alg: 'none' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.') + '.';

function handlerWith(
  jwt: JwtSettings | undefined,
  apiKeys = [apiKey('key-1', 'alice'), apiKey('key-2', 'bob')],
): TokenAuthHandler {
  return new TokenAuthHandler({ ...(jwt && { jwt }), apiKeys }, 10_000);
}

const may = (identity: TokenIdentity, channel: string): boolean =>
  handlerWith(undefined).checkPermission(identity.userId, channel, 'subscribe', identity);

const now = Math.floor(Date.now() / 1000);

describe('an API key', () => {
  it('authenticates its user', async () => {
    const handler = handlerWith(undefined);
    expect(await handler.authenticate('key-1')).toEqual({ userId: 'alice' });
    expect(await handler.authenticate('key-2')).toEqual({ userId: 'bob' });
  });

  it.each(['', 'key-3', 'key-1 ', 'alice'])('is rejected when it is %j', async (key) => {
    await expect(handlerWith(undefined).authenticate(key)).rejects.toThrow('not one of the API keys');
  });

  it('works beside JWTs', async () => {
    const handler = handlerWith({ secret });
    expect(await handler.authenticate('key-1')).toEqual({ userId: 'alice' });
    expect(await handler.authenticate(await signed({ sub: 'carol' }))).toEqual({ userId: 'carol' });
  });
});

describe('a JWT of HS256', () => {
  const handler = handlerWith({ secret });

  it('gives the user of sub, and the time from which it is no longer accepted', async () => {
    const token = await signed({ sub: 'alice', exp: now + 60 });
    expect(await handler.authenticate(token)).toEqual({ userId: 'alice', expiresAt: new Date((now + 65) * 1000) });
  });

  it.each<[string, JWTPayload]>([
    ['an exp that was 2 s ago', { exp: now - 2 }],
    ['an nbf 3 s from now', { nbf: now + 3 }],
    ['an iat 3 s from now', { iat: now + 3, exp: now + 60 }],
  ])('is accepted with %s, since clocks differ', async (_what, claims) => {
    const { expiresAt } = await handler.authenticate(await signed({ sub: 'alice', ...claims }));
    if (claims.exp !== undefined) expect(expiresAt?.getTime()).toBeGreaterThan(Date.now());
  });

  it('is accepted within the configured tolerance, including none', async () => {
    const strict = handlerWith({ secret, clockTolerance: 0 });
    await expect(strict.authenticate(await signed({ sub: 'a', nbf: now + 30 }))).rejects.toThrow('"nbf"');
    await expect(strict.authenticate(await signed({ sub: 'a', exp: now - 1 }))).rejects.toThrow('"exp"');
    const lax = handlerWith({ secret, clockTolerance: 60 });
    expect(await lax.authenticate(await signed({ sub: 'a', nbf: now + 30 }))).toEqual({ userId: 'a' });
  });

  it.each<[string, JWTPayload, string]>([
    ['no sub', {}, 'missing required "sub" claim'],
    ['an empty sub', { sub: '' }, 'The claim "sub" is not a user'],
    ['an exp that is over', { sub: 'alice', exp: now - 6 }, '"exp" claim timestamp check failed'],
    ['an nbf to come', { sub: 'alice', nbf: now + 60 }, '"nbf" claim timestamp check failed'],
    ['channels that are no list', { sub: 'alice', channels: 'chat' }, 'is not a list'],
    ['channels of no name', { sub: 'alice', channels: ['a b'] }, 'neither a channel name'],
    ['channels with a star inside', { sub: 'alice', channels: ['a*b'] }, 'neither a channel name'],
    ['channels that are no text', { sub: 'alice', channels: [1] }, 'not a text'],
  ])('is rejected with %s', async (_what, claims, reason) => {
    await expect(handler.authenticate(await signed(claims))).rejects.toThrow(reason);
  });

  it('is rejected with another key, another algorithm, no signature or no valid form', async () => {
    const other = new TextEncoder().encode('another secret of at least 32 bytes');
    await expect(handler.authenticate(await signed({ sub: 'a' }, other))).rejects.toThrow(
      'signature verification failed',
    );
    await expect(handler.authenticate(await signed({ sub: 'a' }, secret, 'HS512'))).rejects.toThrow('No key fits');
    await expect(handler.authenticate(await signed({ sub: 'a' }, ec.privateKey, 'ES256'))).rejects.toThrow(
      'No key fits',
    );
    await expect(handler.authenticate(unsecured({ sub: 'a' }))).rejects.toThrow('No key fits');
    await expect(handler.authenticate('no.jwt')).rejects.toThrow('Invalid');
  });

  it('must be for the configured audience and from the configured issuer', async () => {
    const strict = handlerWith({ secret, audience: ['us', 'them'], issuer: ['id'] });
    const authenticate = async (claims: JWTPayload): Promise<unknown> =>
      strict.authenticate(await signed({ sub: 'a', ...claims }));
    await expect(authenticate({ aud: 'us', iss: 'id' })).resolves.toEqual({ userId: 'a' });
    await expect(authenticate({ aud: 'else', iss: 'id' })).rejects.toThrow('unexpected "aud" claim value');
    await expect(authenticate({ aud: 'us', iss: 'else' })).rejects.toThrow('unexpected "iss" claim value');
    await expect(authenticate({})).rejects.toThrow('missing required');
  });
});

describe('a JWT of a public key', () => {
  it.each([
    ['ES256', ec.privateKey, 'ec'],
    ['RS256', rsa.privateKey, 'rsa'],
  ] as const)('of %s is checked with a JWKS', async (alg, key, kid) => {
    const handler = handlerWith({ keys: { kind: 'jwks', jwks } });
    expect(await handler.authenticate(await signed({ sub: 'a' }, key, alg, kid))).toEqual({ userId: 'a' });
  });

  it('is checked with a PEM key', async () => {
    const handler = handlerWith({ keys: { kind: 'pem', key: createPublicKey(pem) } });
    expect(await handler.authenticate(await signed({ sub: 'a' }, ec.privateKey, 'ES256'))).toEqual({ userId: 'a' });
    const stranger = await generateKeyPair('ES256');
    await expect(handler.authenticate(await signed({ sub: 'a' }, stranger.privateKey, 'ES256'))).rejects.toThrow(
      'signature verification failed',
    );
  });

  it('is checked with the JWKS of a URL', async () => {
    const server = createServer((_request, response) => response.end(JSON.stringify(jwks))).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const handler = handlerWith({ keys: { kind: 'url', url: new URL(`http://127.0.0.1:${port}/`) } });
    expect(await handler.authenticate(await signed({ sub: 'a' }, ec.privateKey, 'ES256', 'ec'))).toEqual({
      userId: 'a',
    });
    await expect(handler.authenticate(await signed({ sub: 'a' }, ec.privateKey, 'ES256', 'other'))).rejects.toThrow(
      AuthenticationUnavailableError,
    );
  });

  it('cannot be forged with the public key as an HMAC secret', async () => {
    const forged = await signed({ sub: 'a' }, new TextEncoder().encode(pem), 'HS256');
    await expect(
      handlerWith({ keys: { kind: 'pem', key: createPublicKey(pem) } }).authenticate(forged),
    ).rejects.toThrow('Header Parameter value not allowed');
    await expect(
      handlerWith({ secret, keys: { kind: 'pem', key: createPublicKey(pem) } }).authenticate(forged),
    ).rejects.toThrow('signature verification failed');
  });

  it('of HS256 is not checked with a secret in the JWKS', async () => {
    const withSecret = { keys: [{ kty: 'oct', kid: 's', k: Buffer.from(secret).toString('base64url') }] };
    const token = await signed({ sub: 'a' }, secret, 'HS256', 's');
    await expect(handlerWith({ keys: { kind: 'jwks', jwks: withSecret } }).authenticate(token)).rejects.toThrow(
      'Header Parameter value not allowed',
    );
  });

  it('works beside a secret', async () => {
    const handler = handlerWith({ secret, keys: { kind: 'jwks', jwks } });
    expect(await handler.authenticate(await signed({ sub: 'a' }))).toEqual({ userId: 'a' });
    const token = await signed({ sub: 'b' }, ec.privateKey, 'ES256', 'ec');
    expect(await handler.authenticate(token)).toEqual({ userId: 'b' });
  });
});

describe('a permission', () => {
  it('is given for every channel when the token has no claim for channels', () => {
    expect(may({ userId: 'a' }, 'chat')).toBe(true);
  });

  it('is given for the channels that the claim names, by whole name or by prefix', async () => {
    const handler = handlerWith({ secret });
    const identity = await handler.authenticate(await signed({ sub: 'a', channels: ['chat', 'room:*'] }));
    const allowed = ['chat', 'room:', 'room:1', 'chat2', 'room'].filter((channel) => may(identity, channel));
    expect(allowed).toEqual(['chat', 'room:', 'room:1']);
  });

  it('is given for no channel by an empty list, and for all by a star', () => {
    expect(new ChannelGrant([]).covers('chat')).toBe(false);
    expect(new ChannelGrant(['*']).covers('chat')).toBe(true);
  });
});

describe('a narrower token on a second device', () => {
  it('takes no rights from the first connection, and gives it none', async () => {
    const handler = handlerWith({ secret });
    const app = await startApp({ authHandler: { useFactory: () => handler } });
    const first = await app.connect(`?token=${await signed({ sub: 'alice' })}`);
    await first.subscribe('news');
    const second = await app.connect(`?token=${await signed({ sub: 'alice', channels: ['chat'] })}`);
    expect((await second.subscribe('news', 'chat')).data).toMatchObject({ subscribed: ['chat'] });
    expect((await first.subscribe('news', 'more')).data).toMatchObject({ success: true });
    await first.ask({ type: 'auth', data: { token: await signed({ sub: 'alice' }) } });
    expect((await first.request('subscriptions')).data).toMatchObject({ result: { channels: ['news', 'more'] } });
  });

  it('takes the channels that it does not grant from the connection renewed with it, and from no other', async () => {
    const handler = handlerWith({ secret });
    const app = await startApp({ authHandler: { useFactory: () => handler } });
    const wide = `?token=${await signed({ sub: 'alice' })}`;
    const [first, second] = [await app.connect(wide), await app.connect(wide)];
    await Promise.all([first.subscribe('news'), second.subscribe('news')]);
    await second.ask({ type: 'auth', data: { token: await signed({ sub: 'alice', channels: ['chat'] }) } });
    expect((await second.next('unsubscribe_response')).data).toMatchObject({ unsubscribed: ['news'] });
    expect(await app.subscriptions.broadcast('news', 1)).toMatchObject({ delivered: 1 });
    expect((await first.next('event')).data).toBe(1);
  });
});
