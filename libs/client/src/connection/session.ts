import type { AuthResponseMessage } from '@skreaver/protocol';
import type { Settings, TokenRequest } from '../client-options.js';
import { type Clock, createTimer } from '../environment/clock.js';
import { SkreaverError, UnauthorizedError } from '../errors.js';
import { LEAST_DELAY } from './backoff.js';

export interface SessionHooks {
  /** Sends the token on the open connection. */
  readonly send: (token: string) => void;
  /** The token was refused, and so was the one after it; or there is no other. */
  readonly onRefused: (error: UnauthorizedError) => void;
  /** The token is of another user than that of the connection. */
  readonly onOtherUser: () => void;
  readonly onError: (error: unknown) => void;
}

type AuthAnswer = AuthResponseMessage['data'];

/** The token: when it is asked for, when it is renewed, and what a refusal means. Outlives the connections. */
export function createSession(settings: Settings, clock: Clock, random: () => number, hooks: SessionHooks) {
  const { getToken, tokenIn } = settings;
  const timer = createTimer(clock);
  let { token } = settings;
  let expiresAt = Infinity;
  let wasRefused = false;
  let wasReplaced = false;
  let renewal: AbortController | undefined;

  const set = (next: string | undefined): void => {
    token = next;
    expiresAt = Infinity;
  };

  const obtain = async (reason: TokenRequest['reason'], signal: AbortSignal): Promise<string | undefined> => {
    const next = await (getToken ? getToken({ reason, signal }) : token);
    if (!signal.aborted) set(next ?? undefined);
    return token;
  };

  /** Asks for another token while the connection goes on. A failure is tried again until the server ends the session. */
  const renew = async (reason: TokenRequest['reason']): Promise<void> => {
    end();
    const { signal } = (renewal = new AbortController());
    try {
      const next = await obtain(reason, signal);
      if (!signal.aborted && next !== undefined) hooks.send(next);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof UnauthorizedError) return hooks.onRefused(error);
      hooks.onError(error);
      later(5_000 * (1 + random()), reason);
    }
  };

  const later = (ms: number, reason: TokenRequest['reason'] = 'expiring'): void => timer(ms, () => void renew(reason));

  const end = (): void => {
    timer();
    renewal?.abort();
  };

  /** The token is of no use any more. @returns whether there may be another one */
  const discard = (): boolean => {
    const mayBeAnother = getToken !== undefined && !wasRefused;
    wasRefused = true;
    if (getToken) set(undefined);
    return mayBeAnother;
  };

  const refused = (error: SkreaverError, isConnected: boolean): void => {
    if (error.code !== 'AUTHENTICATION_FAILED' || (tokenIn === 'handshake' && !isConnected)) {
      // A session goes on as it was after an outage. A connection without one is closed, with a code that says what to do.
      if (isConnected) later(Number(error.details?.['retry_after_ms'] ?? 5_000) * (1 + random()));
    } else if (wasReplaced && isConnected) {
      wasReplaced = false;
      hooks.onOtherUser();
    } else if (discard()) void renew('refused');
    else hooks.onRefused(new UnauthorizedError(error.message, error));
  };

  return {
    /** The token for a new connection. Rejects with what `getToken` threw. */
    fresh: async (signal: AbortSignal): Promise<string | undefined> => {
      const isOver = clock.now() >= expiresAt;
      wasReplaced = false;
      if (!getToken || signal.aborted || (token !== undefined && !isOver)) return token;
      return obtain(isOver ? 'expired' : wasRefused ? 'refused' : 'connect', signal);
    },
    /** The server answered an `auth`, or told who the client is. */
    answered(data: AuthAnswer, isConnected: boolean): void {
      if (!data.success) return refused(new SkreaverError(data.error), isConnected);
      wasRefused = wasReplaced = false;
      // Not `expires_at`: the clock of a client may be wrong by minutes.
      const { expires_in: seconds = Infinity } = data;
      const lifetime = seconds * 1000;
      expiresAt = clock.now() + lifetime;
      // Before the last minute, or half-way; spread, since many clients may have got their tokens at once.
      const early = Math.min(60_000, lifetime / 2) * (0.8 + random() * 0.4);
      if (getToken && lifetime < Infinity) later(Math.max(LEAST_DELAY, lifetime - early));
    },
    /** Whether a token that replaced another one has not been answered on this connection. */
    isReplaced: () => wasReplaced,
    discard,
    expire(): void {
      expiresAt = 0;
    },
    replace(next: string | undefined): void {
      set(next);
      wasRefused = false;
      wasReplaced = true;
    },
    end,
  };
}
