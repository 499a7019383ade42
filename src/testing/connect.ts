import type { Server } from 'node:http';
import { Server as SecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { WebSocket } from 'ws';
import { AuthHandler } from '../auth/index.js';
import { type ResolvedConfig, SkreaverWsConfig } from '../config/index.js';
import type { Identity } from '../connection/index.js';
import { AuthenticationFlow, ShutdownService } from '../gateway/index.js';
import { AppTime } from './app-time.js';
import { TestAuthHandler } from './test-auth-handler.js';
import { TestClient } from './test-client.js';

export interface ConnectOptions {
  /** The user to connect as, or an identity with fields of your own. Needs {@link TestAuthHandler}. Default: nobody. */
  readonly as?: string | Identity;
  /** A token for the `AuthHandler` of your application, sent in an `auth` message. */
  readonly token?: string;
  /** Headers of the handshake, such as a cookie. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The query of the handshake, without `?`. */
  readonly query?: string;
  /** Subprotocols to offer: `skreaver.v1.msgpack` for binary messages, `bearer.<base64url>` for a token (PROTOCOL §1). */
  readonly protocols?: readonly string[];
  /**
   * Moves the fake timers of your test framework by so many ms, as `vi.advanceTimersByTimeAsync` or
   * `jest.advanceTimersByTimeAsync`. `expectNothing(ms)` and `passTime(ms)` then take no real time. Default: real time.
   */
  readonly advanceTimers?: (ms: number) => unknown;
}

/**
 * Connects a client to an application. An application that does not listen yet listens on a free port of this machine.
 * `app.close()` closes the client.
 * @throws Error when the handshake is refused; RequestError when the token is
 * @example
 * ```ts
 * import type { INestApplication } from '@nestjs/common';
 * import { connect } from '@skreaver/nestjs-ws/testing';
 *
 * export async function hearsTheNews(app: INestApplication): Promise<unknown> {
 *   const client = await connect(app, { as: 'bob' });
 *   await client.subscribe('news');
 *   return (await client.next('event')).data;
 * }
 * ```
 */
export async function connect(app: INestApplication, options: ConnectOptions = {}): Promise<TestClient> {
  const token = options.as === undefined ? options.token : tokenFor(app, options.as);
  const url = `${await originOf(app)}${pathOf(app)}${options.query === undefined ? '' : `?${options.query}`}`;
  const { headers, protocols = [] } = options;
  const webSocket = new WebSocket(url, [...protocols], { headers: { ...headers }, rejectUnauthorized: false });
  const time = AppTime.of(app);
  const client = new TestClient(webSocket, (ms) => time.pass(ms, options.advanceTimers));
  await new Promise<void>((resolve, reject) => {
    webSocket.once('open', resolve);
    webSocket.once('error', reject);
  });
  time.join(client);
  webSocket.once('close', () => time.leave(client));
  endWith(app, webSocket);
  // Told without asking, so that `client.userId` is known and nothing is unread.
  if (!app.get(AuthenticationFlow, { strict: false }).isEnabled) await client.next('auth_response');
  if (token !== undefined) await client.authenticate(token);
  return client;
}

function tokenFor(app: INestApplication, user: string | Identity): string {
  const handler: unknown = app.get(AuthHandler, { strict: false });
  if (handler instanceof TestAuthHandler) return TestAuthHandler.tokenOf(user);
  throw new Error(
    'The option `as` needs TestAuthHandler: overrideProvider(AuthHandler).useValue(new TestAuthHandler()). Pass `token` ' +
      'for an AuthHandler of your own.',
  );
}

function pathOf(app: INestApplication): string {
  return app.get<ResolvedConfig>(SkreaverWsConfig, { strict: false }).path;
}

async function originOf(app: INestApplication): Promise<string> {
  const server = app.getHttpServer() as Server;
  if (!server.listening) await app.listen(0, '127.0.0.1');
  const { address, port, family } = server.address() as AddressInfo;
  const isAny = address === '::' || address === '0.0.0.0';
  const host = isAny ? '127.0.0.1' : family === 'IPv6' ? `[${address}]` : address;
  return `${server instanceof SecureServer ? 'wss' : 'ws'}://${host}:${port}`;
}

/** A client that does not read would not see that the application closes it, and hold up the shutdown. */
function endWith(app: INestApplication, webSocket: WebSocket): void {
  const { drainSignal } = app.get(ShutdownService, { strict: false });
  const end = (): void => {
    if (webSocket.isPaused) webSocket.terminate();
  };
  drainSignal.addEventListener('abort', end, { once: true });
  webSocket.once('close', () => drainSignal.removeEventListener('abort', end));
}
