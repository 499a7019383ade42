import type { ServerResponse } from 'node:http';
import { Logger } from '@nestjs/common';
import { AuthenticationUnavailableError } from '@skreaver/nestjs-ws';
import { exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { httpEndpoint } from '../../../../test/support/http-endpoint.js';
import { RemoteKeys } from './remote-keys.js';

const pairs = { first: await generateKeyPair('ES256'), second: await generateKeyPair('ES256') };
type Kid = keyof typeof pairs;

const tokenOf = (kid: Kid, claimed: string = kid): Promise<string> =>
  new SignJWT({ sub: 'alice' }).setProtectedHeader({ alg: 'ES256', kid: claimed }).sign(pairs[kid].privateKey);

const jwksOf = async (...kids: Kid[]): Promise<string> =>
  JSON.stringify({
    keys: await Promise.all(kids.map(async (kid) => ({ ...(await exportJWK(pairs[kid].publicKey)), kid }))),
  });

/** Starts a real JWKS endpoint whose responses the test controls, and makes keys for it with a manual clock. */
async function provider(timeoutMs = 5000) {
  const state = { fetches: 0, now: 0, answer: (response: ServerResponse): void => void response.end() };
  const url = await httpEndpoint((_request, response) => {
    state.fetches += 1;
    state.answer(response);
  });
  const { keyOf } = new RemoteKeys(url, timeoutMs, () => state.now);
  return {
    state,
    serve: async (...kids: Kid[]) => {
      const text = await jwksOf(...kids);
      state.answer = (response) => void response.end(text);
    },
    fail: () => (state.answer = (response) => void response.writeHead(503).end()),
    hang: () => (state.answer = () => {}),
    userOf: async (token: string) => (await jwtVerify(token, keyOf)).payload.sub,
  };
}

const unavailable = (retryAfterMs: number) =>
  expect.objectContaining({ name: 'AuthenticationUnavailableError', retryAfterMs }) as AuthenticationUnavailableError;

beforeEach(() => {
  Logger.overrideLogger(false);
  onTestFinished(() => Logger.overrideLogger(['log', 'warn', 'error', 'fatal']));
});

describe('a JWKS that cannot be fetched', () => {
  it('is an outage, not an invalid token, and ends once the JWKS is back', async () => {
    const { state, fail, serve, userOf } = await provider();
    fail();
    await expect(userOf(await tokenOf('first'))).rejects.toEqual(unavailable(5000));
    await serve('first');
    await expect(userOf(await tokenOf('first'))).rejects.toEqual(unavailable(1000));
    expect(state.fetches).toBe(1);
    state.now = 1000;
    expect(await userOf(await tokenOf('first'))).toBe('alice');
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['answers no JSON', (response) => void response.end('<html>')],
    ['answers no JWKS', (response) => void response.end('{"keys":7}')],
    ['redirects', (response) => void response.writeHead(302, { location: '/' }).end()],
    ['cuts the connection', (response) => void response.destroy()],
  ])('is an outage where it %s', async (_what, answer) => {
    const { state, userOf } = await provider();
    state.answer = answer;
    await expect(userOf(await tokenOf('first'))).rejects.toBeInstanceOf(AuthenticationUnavailableError);
  });

  it('is given up at the timeout of the fetch, for all callers that wait for it', async () => {
    const { state, hang, userOf } = await provider(100);
    hang();
    const token = await tokenOf('first');
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => userOf(token)));
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ reason: { name: 'AuthenticationUnavailableError' } });
    }
    expect(state.fetches).toBe(1);
  });

  it('leaves the known keys in use, and is fetched again at most once a second', async () => {
    const { state, serve, fail, userOf } = await provider();
    await serve('first');
    const token = await tokenOf('first');
    await userOf(token);
    fail();
    state.now = 600_000;
    for (let times = 0; times < 5; times += 1) expect(await userOf(token)).toBe('alice');
    expect(state.fetches).toBe(2);
    state.now += 1000;
    expect(await userOf(token)).toBe('alice');
    expect(state.fetches).toBe(3);
  });
});

describe('a key id that the cached keys do not have', () => {
  it('is an outage during the cooldown, since the key may be new; afterwards the key is fetched', async () => {
    const { state, serve, userOf } = await provider();
    await serve('first');
    await userOf(await tokenOf('first'));
    await serve('first', 'second');
    state.now = 10_000;
    await expect(userOf(await tokenOf('second'))).rejects.toEqual(unavailable(20_000));
    state.now = 30_000;
    expect(await userOf(await tokenOf('second'))).toBe('alice');
    expect(state.fetches).toBe(2);
  });

  it('is rejected when a JWKS that was fetched since does not have it either', async () => {
    const { state, serve, userOf } = await provider();
    await serve('first');
    await expect(userOf(await tokenOf('first', 'nobody’s'))).rejects.toThrow('no applicable key found');
    state.now = 30_000;
    await expect(userOf(await tokenOf('first', 'nobody’s'))).rejects.toThrow('no applicable key found');
    expect(state.fetches).toBe(2);
  });

  it('is an outage when the JWKS cannot be fetched', async () => {
    const { state, serve, fail, userOf } = await provider();
    await serve('first');
    await userOf(await tokenOf('first'));
    fail();
    state.now = 30_000;
    await expect(userOf(await tokenOf('second'))).rejects.toEqual(unavailable(5000));
    expect(await userOf(await tokenOf('first'))).toBe('alice');
  });
});

describe('keys that are ten minutes old', () => {
  it('are fetched anew, so that a withdrawn key is not accepted', async () => {
    const { state, serve, userOf } = await provider();
    await serve('first', 'second');
    await userOf(await tokenOf('first'));
    await serve('second');
    state.now = 600_000;
    await expect(userOf(await tokenOf('first'))).rejects.toThrow('no applicable key found');
    expect(await userOf(await tokenOf('second'))).toBe('alice');
  });
});

describe('the log of a JWKS outage', () => {
  it('has one line when the outage begins, and one when it ends', async () => {
    const { state, fail, serve, userOf } = await provider();
    const warn = vi.spyOn(Logger.prototype, 'warn');
    const log = vi.spyOn(Logger.prototype, 'log');
    fail();
    for (; state.now < 5000; state.now += 1000) await expect(userOf(await tokenOf('first'))).rejects.toThrow();
    await serve('first');
    await userOf(await tokenOf('first'));
    expect(warn.mock.calls).toEqual([[expect.objectContaining({ msg: 'the JWKS cannot be fetched' })]]);
    expect(log.mock.calls).toEqual([[{ msg: 'the JWKS can be fetched again' }]]);
  });
});
