import type { SkreaverError } from '../errors.js';

/**
 * The state of a client's connection. A new frozen object for each change, so it is a snapshot for stores.
 *
 * - `idle`: not started, or disconnected by the application.
 * - `connecting`: an attempt is under way.
 * - `connected`: open and authenticated.
 * - `waiting`: for the next attempt, at `retryAt` (ms since 1970; `Infinity` while the page is frozen or hidden).
 * - `stopped`: by a verdict of the server, or because there is no token. `connect()` and `setToken()` start again.
 */
export type ConnectionState =
  | { readonly status: 'idle' }
  | { readonly status: 'connecting'; readonly attempt: number }
  | {
      readonly status: 'connected';
      readonly userId?: string | undefined;
      readonly connectionId?: string | undefined;
      readonly since: number;
    }
  | {
      readonly status: 'waiting';
      readonly attempt: number;
      readonly retryAt: number;
      readonly error: SkreaverError;
    }
  | { readonly status: 'stopped'; readonly error: SkreaverError };
