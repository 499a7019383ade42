import { Injectable } from '@nestjs/common';
import {
  AuthenticationUnavailableError,
  WsErrorCode as Code,
  type Connection,
  ShutdownService,
  WsError,
  WsRequest,
} from '@skreaver/nestjs-ws';
import { WsErrorCode, defaultErrorMessage } from '@skreaver/protocol';
import { describe, expect, it } from 'vitest';
import type { ClientConnection } from '../../../src/connection/index.js';
import { startApp, testAuth, TestAuthHandler } from '../../support/test-app.js';
import { refusalOf } from '../../support/refusal-of.js';
import type { MessageOf } from '../../support/test-client.js';

@Injectable()
class Methods {
  @WsRequest('no-room')
  noRoom(): never {
    throw new WsError(Code.ChannelNotFound);
  }

  @WsRequest('sold-out')
  soldOut(): never {
    throw new WsError('SHOP_OUT_OF_STOCK' as Code, 'None is left.', { left: 0 });
  }

  @WsRequest('crash')
  crash(): never {
    throw new Error('the inside');
  }

  @WsRequest('hang')
  hang(_connection: Connection): Promise<void> {
    return new Promise(() => {});
  }
}

/** Never lets a subscribe finish by itself. */
class SlowPermission extends TestAuthHandler {
  override checkPermission(): boolean {
    return new Promise((resolve) => setTimeout(() => resolve(true), 150)) as unknown as boolean;
  }
}

class AwayHandler extends TestAuthHandler {
  override authenticate(): never {
    throw new AuthenticationUnavailableError();
  }
}

/** Makes the code happen as an application or a client would and returns what was seen. */
type Provoke = () => Promise<unknown>;
const ELSEWHERE = 'belongs to history and recovery';

const provoke: Readonly<Record<WsErrorCode, Provoke | typeof ELSEWHERE>> = {
  INVALID_MESSAGE: async () => answer({ type: 'no-such-type' }),
  INVALID_PARAMS: async () => request('publish', { channel: 7 }),
  INVALID_CHANNEL: async () => failure(['no name']),
  METHOD_NOT_FOUND: async () => request('no-such-method'),
  AUTHENTICATION_REQUIRED: async () => (await (await startApp(testAuth)).connect()).ask(SUBSCRIBE),
  AUTHENTICATION_FAILED: async () =>
    (await (await startApp(testAuth)).connect()).ask({ type: 'auth', data: { token: 'bad' } }),
  PERMISSION_DENIED: async () => {
    const client = await (await startApp(testAuth)).connect('?token=token-alice');
    return client.subscribe('private-bob');
  },
  CHANNEL_NOT_FOUND: async () => request('no-room'),
  CONNECTION_NOT_FOUND: async () => {
    const app = await startApp();
    return app.subscriptions.sendToConnection('no-such-connection', 1).catch((error: WsError) => error.toBody());
  },
  CONNECTION_CLOSED: async () => {
    const app = await startApp();
    const client = await app.connect();
    const asked = app.subscriptions.ask(app.registry.list()[0]?.id ?? '', 'anybody?');
    client.webSocket.close();
    return asked.catch((error: WsError) => error.toBody());
  },
  DUPLICATE_CONNECTION: async () => {
    const app = await startApp();
    await app.connect();
    const [connection] = app.table.list();
    return thrownBy(() => app.table.add(connection as ClientConnection));
  },
  CONNECTION_LIMIT_EXCEEDED: async () => {
    const app = await startApp({ maxConnections: 1 });
    await app.connect();
    return (await refusalOf(app)).body;
  },
  SUBSCRIPTION_LIMIT_EXCEEDED: async () => failure(['a', 'b'], { maxSubscriptionsPerConnection: 1 }),
  CHANNEL_SUBSCRIBER_LIMIT_EXCEEDED: async () => {
    const app = await startApp({ maxSubscribersPerChannel: 1 });
    await (await app.connect()).subscribe('a');
    return (await app.connect()).subscribe('a');
  },
  RATE_LIMIT_EXCEEDED: async () => {
    const client = await (await startApp({ messageRate: 1, messageBurst: 1 })).connect();
    await client.settle();
    return client.ask({ type: 'ping' });
  },
  MESSAGE_TOO_LARGE: async () => answer({ type: 'ping', metadata: { padding: 'x'.repeat(65_536) } }, 'error'),
  REQUEST_TIMEOUT: async () => request('hang', undefined, 30),
  REQUEST_CANCELLED: async () => {
    const app = await startApp({ authHandler: { useClass: SlowPermission } });
    const client = await app.connect('?token=token-alice');
    const subscribing = client.subscribe('a');
    const id = app.registry.list()[0]?.id ?? '';
    const withdrawing = setInterval(() => void app.subscriptions.unsubscribe(id, ['a']), 10);
    const response = await subscribing;
    clearInterval(withdrawing);
    return response;
  },
  SERVICE_RESTART: async () => {
    const app = await startApp();
    await app.app.get(ShutdownService).beforeApplicationShutdown();
    return app.subscriptions.broadcast('a', 1).catch((error: WsError) => error.toBody());
  },
  UNAVAILABLE: async () => {
    const app = await startApp({ authHandler: { useClass: AwayHandler } });
    return (await app.connect()).ask({ type: 'auth', data: { token: 'token-alice' } });
  },
  INTERNAL_ERROR: async () => request('crash'),
};

const SUBSCRIBE = { type: 'subscribe', data: { channels: ['a'] } };

async function connected(options = {}): Promise<Awaited<ReturnType<Awaited<ReturnType<typeof startApp>>['connect']>>> {
  return (await startApp(options, { providers: [Methods] })).connect();
}

async function answer(message: { type: string; metadata?: object }, type?: 'error'): Promise<unknown> {
  const client = await connected();
  if (type === undefined) return client.ask(message);
  client.send(message);
  return client.next(type);
}

async function request(method: string, params?: unknown, timeout?: number): Promise<MessageOf<'response'>> {
  return (await connected()).request(method, params, timeout);
}

async function failure(channels: string[], options = {}): Promise<unknown> {
  return (await connected(options)).subscribe(...channels);
}

function thrownBy(act: () => void): unknown {
  try {
    act();
  } catch (error) {
    return (error as WsError).toBody();
  }
  throw new Error('nothing was thrown');
}

/** The `{code, message}` somewhere in what was seen. */
function findBody(seen: unknown): { code?: unknown; message?: unknown } | undefined {
  if (typeof seen !== 'object' || seen === null) return undefined;
  if ('code' in seen && 'message' in seen) return seen;
  return Object.values(seen).map(findBody).find(Boolean);
}

describe('the error code', () => {
  it('table has a way to provoke each code of the protocol', () => {
    expect(Object.keys(provoke).toSorted()).toEqual(Object.values(WsErrorCode).toSorted());
    const later = Object.entries(provoke).filter(([, how]) => how === ELSEWHERE);
    expect(later).toEqual([]);
  });

  for (const [code, how] of Object.entries(provoke)) {
    if (how === ELSEWHERE) continue;
    it(`${code} is answered where PROTOCOL says so`, async () => {
      const body = findBody(await how());
      expect(body?.code).toBe(code);
      expect(body?.message).toMatch(/^\S.*\.$/);
    });
  }

  it('has a sentence for the client, whichever it is', () => {
    for (const code of Object.values(WsErrorCode)) expect(defaultErrorMessage(code)).toMatch(/^\S.*\.$/);
  });

  it('INTERNAL_ERROR comes with an error_id that the log has too, and with no details', async () => {
    const app = await startApp({}, { providers: [Methods] });
    const client = await app.connect();
    const { data } = await client.request('crash');
    expect(JSON.stringify(data)).not.toContain('the inside');
    const id = (data as unknown as { error: { details: { error_id: string } } }).error.details.error_id;
    expect(app.log.of('handler failed')).toMatchObject([{ error_id: id, error: { message: 'the inside' } }]);
  });
});

describe('an error code of the application', () => {
  it('is passed on as it is, with its message and details', async () => {
    const client = await (await startApp({}, { providers: [Methods] })).connect();
    expect((await client.request('sold-out')).data).toEqual({
      status: 'error',
      error: { code: 'SHOP_OUT_OF_STOCK', message: 'None is left.', details: { left: 0 } },
    });
  });
});
