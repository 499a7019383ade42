import type { ReconnectOptions } from './connection/backoff.js';
import type { WebSocketConstructor, WebSocketLike } from './connection/web-socket.js';
import type { Clock } from './environment/clock.js';
import type { Environment } from './environment/environment.js';

export type Awaitable<T> = T | PromiseLike<T>;

/** Why a token is asked for: the first one, one that ends soon, in place of one that has ended, or that was refused. */
export interface TokenRequest {
  readonly reason: 'connect' | 'expiring' | 'expired' | 'refused';
  /** Aborts when the token is not needed any more. */
  readonly signal: AbortSignal;
}

/** The options of {@link createClient}. All times are milliseconds. */
export interface ClientOptions {
  /** `ws(s)://`, `http(s)://`, or a path of the page's own host. A function is called for each attempt. */
  url: string | (() => Awaitable<string>);
  /**
   * Returns a token, or `null` to connect without one. Called only when there is no token, when the one at hand ends
   * soon, and when it was refused. Throw an {@link UnauthorizedError} to stop the client; after any other error it tries
   * again.
   */
  getToken?: (why: TokenRequest) => Awaitable<string | null>;
  /** The first token, or the only one. */
  token?: string;
  /** `handshake`: `openSocket` sends the token, for example in a header. Default: `message`, an `auth` message. */
  tokenIn?: 'message' | 'handshake';
  /** Default: the global one. Node 20 has none: pass that of `ws`. */
  WebSocket?: WebSocketConstructor;
  /** Opens a socket where `WebSocket` is not enough: for headers, an agent, or a worker that several pages share. */
  openSocket?: (url: string, protocol: string, token: string | undefined) => WebSocketLike;
  reconnect?: ReconnectOptions;
  /** An attempt that has not connected after so long is given up. Default: 10,000. */
  connectTimeout?: number;
  /** After so much silence the server is asked for a sign of life. Default: 45,000, or 1.5 times the server's interval. */
  idleProbe?: number;
  /** A server that gives no sign of life for so long after it was asked is gone. Default: 8,000. */
  probeTimeout?: number;
  /** A channel without handles stays subscribed to for so long, in case another one comes. Default: 250. */
  linger?: number;
  /** Of requests that have no `timeout` of their own. Default: 10,000. */
  requestTimeout?: number;
  /** Requests that may wait for the connection. Default: 100. */
  maxQueued?: number;
  /** Disconnects when there was neither a handle nor a request for so long. Default: false. */
  closeWhenIdle?: number | false;
  /** Gives the connection up when the page was hidden for so long, until it is seen again. Default: false. */
  pauseWhenHidden?: number | false;
  /** What tells the client of the network and the page. Default: the page's events. `null`: nothing does. */
  environment?: Environment | null;
  /** For tests. */
  clock?: Clock;
  /** For tests: from 0 to below 1. Default: `Math.random`. */
  random?: () => number;
}

const DEFAULTS = {
  connectTimeout: 10_000,
  probeTimeout: 8_000,
  linger: 250,
  requestTimeout: 10_000,
  maxQueued: 100,
};

const RECONNECT = {
  firstWindow: 2_000,
  base: 1_000,
  max: 20_000,
  stableAfter: 10_000,
  maxAttempts: Infinity,
};

export type Settings = ReturnType<typeof settingsOf>;

export function settingsOf(options: ClientOptions) {
  return {
    ...options,
    ...withDefaults(DEFAULTS, options),
    reconnect: withDefaults(RECONNECT, options.reconnect ?? {}),
  };
}

/** The defaults, with what was given in place of them; `undefined` is the default too. */
function withDefaults<D extends object>(defaults: D, given: { readonly [K in keyof D]?: D[K] | undefined }): D {
  const merged = { ...defaults };
  for (const key of Object.keys(defaults) as (keyof D)[]) merged[key] = given[key] ?? defaults[key];
  return merged;
}
