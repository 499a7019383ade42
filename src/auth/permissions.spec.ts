import { afterEach, describe, expect, it, vi } from 'vitest';
import { serviceRig } from '../../test/support/service-rig.js';
import type { Identity } from '../connection/index.js';
import { AuthHandler } from './auth-handler.js';
import { AuthenticationUnavailableError } from './authentication-unavailable-error.js';

class Handler extends AuthHandler {
  readonly asked = vi.fn<(userId: string, channel: string, action: string, identity: Identity) => void>();
  constructor(private readonly answer: () => unknown) {
    super();
  }
  override authenticate(): string {
    return 'alice';
  }
  override checkPermission(userId: string, channel: string, action: string, identity: Identity): never {
    this.asked(userId, channel, action, identity);
    return this.answer() as never;
  }
}

const denied = { code: 'PERMISSION_DENIED', details: { channel: 'news' } };

const ask = async (answer: () => unknown, user: string | undefined = 'alice', options = {}) => {
  const handler = new Handler(answer);
  const { permissions, connect, log } = serviceRig(options, handler);
  return { refusal: await permissions.refusal(connect(user).connection, 'news', 'publish'), handler, log };
};

describe('Permissions', () => {
  afterEach(() => void vi.useRealTimers());

  it('allows everything without a handler', async () => {
    const { permissions, connect } = serviceRig();
    expect(await permissions.refusal(connect('anonymous_1').connection, 'news', 'publish')).toBeUndefined();
  });

  it('passes the user, the channel, the action and the identity of the connection to the handler', async () => {
    const { refusal, handler } = await ask(() => true);
    expect(refusal).toBeUndefined();
    expect(handler.asked).toHaveBeenCalledExactlyOnceWith('alice', 'news', 'publish', { userId: 'alice' });
  });

  it.each([false, undefined, null, 1, 'true', {}, Promise.resolve('yes')])('takes %s for a denial', async (answer) => {
    expect((await ask(() => answer)).refusal).toMatchObject(denied);
  });

  it('takes a throw and a rejection for a denial, and logs them', async () => {
    const thrown = await ask(() => {
      throw new Error('database gone');
    });
    const rejected = await ask(() => Promise.reject(new Error('database gone')));
    for (const { refusal, log } of [thrown, rejected]) {
      expect(refusal).toMatchObject(denied);
      expect(log.lines).toMatchObject([{ kind: 'permission check failed', fields: { channel: 'news' } }]);
    }
  });

  it('takes an outage for no verdict, and logs it as such', async () => {
    const outage = new AuthenticationUnavailableError(1500);
    const thrown = await ask(() => {
      throw outage;
    });
    const rejected = await ask(() => Promise.reject(outage));
    for (const { refusal, log } of [thrown, rejected]) {
      expect(refusal).toMatchObject({ code: 'UNAVAILABLE', details: { retry_after_ms: 1500 } });
      expect(log.lines).toMatchObject([{ kind: 'permission could not be checked', fields: { channel: 'news' } }]);
    }
  });

  it.each<[string, readonly string[] | undefined, string, boolean]>([
    ['asks for each action of the first version where none are listed', undefined, 'presence', true],
    ['refuses an action that a later version may bring, without asking', undefined, 'erase', false],
    ['asks for a new action that is listed', ['subscribe', 'erase'], 'erase', true],
    ['refuses an action that is not listed, without asking', ['subscribe'], 'publish', false],
    ['refuses everything where the list is empty', [], 'subscribe', false],
  ])('%s', async (_rule, actions, action, isAsked) => {
    const handler = Object.assign(new Handler(() => true), { actions: actions as never });
    const { permissions, connect } = serviceRig({}, handler);
    const refusal = await permissions.refusal(connect('alice').connection, 'news', action as 'publish');
    expect(refusal === undefined).toBe(isAsked);
    if (!isAsked) expect(refusal).toMatchObject(denied);
    expect(handler.asked).toHaveBeenCalledTimes(isAsked ? 1 : 0);
  });

  it('takes a list of actions that cannot be read for a denial, and logs it', async () => {
    const handler = Object.assign(new Handler(() => true), { actions: 7 as never });
    const { permissions, connect, log } = serviceRig({}, handler);
    expect(await permissions.refusal(connect('alice').connection, 'news', 'publish')).toMatchObject(denied);
    expect(log.lines).toMatchObject([{ kind: 'permission check failed' }]);
  });

  it('decides synchronously if the handler does', () => {
    const { permissions, connect } = serviceRig({}, new Handler(() => true));
    expect(permissions.refusal(connect('alice').connection, 'news', 'publish')).toBeUndefined();
  });

  it('denies a connection that is not authenticated, without asking the handler', async () => {
    const handler = new Handler(() => true);
    const { permissions, connect } = serviceRig({}, handler);
    expect(await permissions.refusal(connect().connection, 'news', 'subscribe')).toMatchObject(denied);
    expect(handler.asked).not.toHaveBeenCalled();
  });

  it('denies default channels too to a connection that is not authenticated', async () => {
    const { permissions, connect } = serviceRig({}, new Handler(() => true));
    const { connection } = connect();
    permissions.grant(connection, ['news']);
    expect(await permissions.refusal(connection, 'news', 'subscribe')).toMatchObject(denied);
  });

  it('denies when there is no answer within authTimeout', async () => {
    vi.useFakeTimers();
    const pending = ask(() => new Promise(() => {}), 'alice', { authTimeout: 1000 });
    await vi.advanceTimersByTimeAsync(1100);
    expect((await pending).refusal).toMatchObject(denied);
  });
});
