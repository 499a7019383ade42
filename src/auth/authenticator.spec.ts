import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { handshakeOf, serviceRig } from '../../test/support/service-rig.js';
import { AuthHandler } from './auth-handler.js';
import { AuthenticationUnavailableError } from './authentication-unavailable-error.js';

class Handler extends AuthHandler {
  constructor(private readonly answer: (token: string) => unknown) {
    super();
  }
  override authenticate(token: string): never {
    return this.answer(token) as never;
  }
  override checkPermission(): boolean {
    return true;
  }
}

const authenticatorWith = (answer: (token: string) => unknown, options = {}) => {
  const { authenticator, log } = serviceRig(options, new Handler(answer));
  return { log, check: (token = 'secret-token') => authenticator.authenticate(token, handshakeOf()) };
};

describe('Authenticator', () => {
  it('is disabled without a handler', () => {
    expect(serviceRig().authenticator.isEnabled).toBe(false);
    expect(serviceRig({}, new Handler(() => 'alice')).authenticator.isEnabled).toBe(true);
  });

  it('accepts a user id, an identity, and a promise of either', async () => {
    const identity = { userId: 'alice', expiresAt: new Date(0), role: 'admin' };
    expect(await authenticatorWith(() => 'alice').check()).toEqual({ identity: { userId: 'alice' } });
    expect(await authenticatorWith(() => identity).check()).toEqual({ identity });
    expect(await authenticatorWith(async () => identity).check()).toEqual({ identity });
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['an empty user id', ''],
    ['an identity with an empty user id', { userId: '' }],
    ['a number', 7],
    ['true', true],
    ['a user id that is no string', { userId: 7 }],
    ['an expiry that is a number', { userId: 'alice', expiresAt: 1 }],
    ['an expiry that is no date', { userId: 'alice', expiresAt: new Date(Number.NaN) }],
    ['an expiry of null', { userId: 'alice', expiresAt: null }],
  ])('rejects the token when the handler returns %s', async (_what, answer) => {
    expect(await authenticatorWith(() => answer).check()).toEqual({ failure: 'refused' });
  });

  it.each([
    ['an error', new Error('no')],
    ['a string', 'no'],
    ['nothing', undefined],
    ['null', null],
    ['an object without a prototype', Object.create(null)],
    ['an error whose stack is a number', Object.assign(new Error('no'), { stack: 7 })],
    ['an error without a stack', Object.assign(new Error('no'), { stack: undefined })],
  ])('fails the authentication but never rejects when the handler throws %s', async (_what, thrown) => {
    const throws = authenticatorWith(() => {
      throw thrown;
    });
    const rejects = authenticatorWith(() => Promise.reject(thrown as Error));
    expect(await throws.check()).toEqual({ failure: 'refused' });
    expect(await rejects.check()).toEqual({ failure: 'refused' });
  });

  it('distinguishes an outage from a rejection, thrown or as a rejected promise', async () => {
    const outage = new AuthenticationUnavailableError(1500.2);
    const throws = authenticatorWith(() => {
      throw outage;
    });
    const rejects = authenticatorWith(() => Promise.reject(outage));
    for (const { check, log } of [throws, rejects]) {
      expect(await check()).toEqual({ failure: 'unavailable', retryAfterMs: 1501 });
      expect(log.lines).toMatchObject([{ kind: 'token could not be checked' }]);
    }
  });

  it.each([
    ['in its message', 'secret-token'],
    ['in a message of several lines', 'x\nsecret-token'],
    ['in a message made up to look like a stack', 'x\n    at secret-token'],
  ])('logs no token that a handler put %s', async (_where, token) => {
    const { check, log } = authenticatorWith((given) => {
      throw new Error(`bad token ${given}`);
    });
    await check(token);
    expect(log.lines).toHaveLength(1);
    expect(log.lines[0]?.fields).toMatchObject({ connection_id: 'c0', error: { name: 'Error' } });
    expect(log.text()).not.toContain('secret-token');
  });

  it('logs no token of an error whose message was changed after its creation', async () => {
    const { check, log } = authenticatorWith((given) => {
      const error = new Error(`x\n    at ${given}`);
      error.message = 'changed';
      throw error;
    });
    await check();
    expect(log.text()).not.toContain('secret-token');
  });

  it('logs where a handler threw', async () => {
    const { check, log } = authenticatorWith(() => {
      throw new RangeError('no');
    });
    await check();
    expect(log.lines[0]?.fields).toMatchObject({
      error: { name: 'RangeError', at: expect.stringContaining('authenticator.spec') },
    });
  });
});

describe('Authenticator of a handshake', () => {
  const checkerWith = (authenticateHandshake?: () => unknown) => {
    const handler = Object.assign(
      new Handler(() => 'of a token'),
      authenticateHandshake && { authenticateHandshake: authenticateHandshake as never },
    );
    const { authenticator, log } = serviceRig({}, handler);
    const open = { ...handshakeOf(), cookie: 'secret', peerCertificate: undefined, viaTrustedProxy: false };
    return { authenticator, log, check: () => authenticator.authenticateHandshake(open) };
  };

  it('is in use only where the handler has the method', () => {
    expect(serviceRig().authenticator.checksHandshakes).toBe(false);
    expect(checkerWith().authenticator.checksHandshakes).toBe(false);
    expect(checkerWith(() => undefined).authenticator.checksHandshakes).toBe(true);
  });

  it('accepts an identity as for a token, and undefined as nobody, each also as a promise', async () => {
    expect(await checkerWith(() => 'alice').check()).toEqual({ identity: { userId: 'alice' } });
    expect(await checkerWith(async () => ({ userId: 'alice' })).check()).toEqual({ identity: { userId: 'alice' } });
    expect(await checkerWith(() => undefined).check()).toBeUndefined();
    expect(await checkerWith(async () => undefined).check()).toBeUndefined();
  });

  it.each([null, '', 7, {}, { userId: '' }])('refuses it when the handler returns %j', async (answer) => {
    expect(await checkerWith(() => answer).check()).toEqual({ failure: 'refused' });
  });

  it('logs nothing of the handshake when the handler throws', async () => {
    const { check, log } = checkerWith(() => {
      throw new Error('secret');
    });
    expect(await check()).toEqual({ failure: 'refused' });
    expect(log.lines).toHaveLength(1);
    expect(log.text()).not.toContain('secret');
  });
});

describe('Authenticator of default channels', () => {
  const namerWith = (defaultChannels?: () => unknown, options = {}) => {
    const handler = Object.assign(
      new Handler(() => 'alice'),
      defaultChannels && { defaultChannels: defaultChannels as never },
    );
    const { authenticator, log } = serviceRig(options, handler);
    return { log, name: () => authenticator.withDefaultChannels({ identity: { userId: 'alice' } }, handshakeOf()) };
  };

  it('adds what the handler names, also as a promise, and nothing where it names none', async () => {
    const channels = ['a', { channel: 'b', since: 'acked', join_leave: true }];
    expect(await namerWith(() => channels).name()).toMatchObject({ defaultChannels: channels });
    expect(await namerWith(async () => channels).name()).toMatchObject({ defaultChannels: channels });
    expect(await namerWith(() => undefined).name()).toMatchObject({ defaultChannels: [] });
    expect(await namerWith().name()).toEqual({ identity: { userId: 'alice' } });
  });

  it.each([null, 'news', 7, [7], [null], [{}], [{ channel: 'a', since: 'all' }], [{ channel: 'a', join_leave: 1 }]])(
    'takes %j for an outage, and logs nothing of it',
    async (answer) => {
      const { name, log } = namerWith(() => answer);
      expect(await name()).toEqual({ failure: 'unavailable', retryAfterMs: 5000 });
      expect(log.lines).toMatchObject([{ kind: 'token could not be checked' }]);
    },
  );

  it('names no default channels while all slots are taken', async () => {
    const asked = vi.fn<() => Promise<string[]>>(() => new Promise(() => {}));
    const { name } = namerWith(asked, { maxPendingAuthentications: 2 });
    void name();
    void name();
    expect(await name()).toEqual({ failure: 'busy', retryAfterMs: 5000 });
    expect(asked).toHaveBeenCalledTimes(2);
  });
});

describe('Authenticator with a handler that hangs', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('gives up after authTimeout, and not before', async () => {
    const { check } = authenticatorWith(() => new Promise(() => {}), { authTimeout: 1000 });
    const outcome = vi.fn<(outcome: unknown) => void>();
    void check().then(outcome);
    await vi.advanceTimersByTimeAsync(999);
    expect(outcome).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(101);
    expect(outcome).toHaveBeenCalledExactlyOnceWith({ failure: 'timeout', retryAfterMs: 5000 });
  });

  it('holds the slot of a check until the handler is done, and starts no check while all slots are taken', async () => {
    const finish: (() => void)[] = [];
    const handler = vi.fn<() => unknown>(() => new Promise((resolve) => finish.push(() => resolve('alice'))));
    const { check } = authenticatorWith(handler, { authTimeout: 1000, maxPendingAuthentications: 2 });
    const first = check();
    const second = check();
    expect(await check()).toEqual({ failure: 'busy', retryAfterMs: 5000 });
    await vi.advanceTimersByTimeAsync(1100);
    expect(await Promise.all([first, second])).toEqual([
      { failure: 'timeout', retryAfterMs: 5000 },
      { failure: 'timeout', retryAfterMs: 5000 },
    ]);
    expect(await check()).toEqual({ failure: 'busy', retryAfterMs: 5000 });
    expect(handler).toHaveBeenCalledTimes(2);
    finish[0]?.();
    await vi.advanceTimersByTimeAsync(0);
    const third = check();
    finish[2]?.();
    expect(await third).toEqual({ identity: { userId: 'alice' } });
  });

  it('frees the slot of a check whose handler throws synchronously', async () => {
    const { check } = authenticatorWith(
      () => {
        throw new Error('no');
      },
      { maxPendingAuthentications: 1 },
    );
    for (let round = 0; round < 3; round += 1) expect(await check()).toEqual({ failure: 'refused' });
  });
});
