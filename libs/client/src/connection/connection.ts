import {
  type AuthResponseMessage,
  type ClientMessage,
  type ServerMessage,
  parseCloseReason,
  reconnectRule,
} from '@skreaver/protocol';
import type { Settings } from '../client-options.js';
import { type Clock, createTimer } from '../environment/clock.js';
import { ConnectionLostError, type SkreaverError, UnauthorizedError, failure } from '../errors.js';
import { backoff } from './backoff.js';
import type { ConnectionState } from './connection-state.js';
import { type Link, openLink } from './link.js';
import { createSession } from './session.js';

export interface ConnectionHooks {
  readonly onState: (state: ConnectionState, previous: ConnectionState) => void;
  /** What is sent now is taken: after the token, which is on its way, or by who the client is. */
  readonly onOpen: () => void;
  /** What is sent now is done as the user of the newest token. */
  readonly onTaking: () => void;
  readonly onMessage: (message: ServerMessage) => void;
  /** There is no connection now. @param isOver none comes by itself */
  readonly onLost: (error: SkreaverError, isOver: boolean) => void;
  readonly onError: (error: unknown) => void;
  readonly onFrame: (direction: 'in' | 'out', text: string) => void;
}

type Told = Partial<Extract<AuthResponseMessage['data'], { readonly success: true }>>;

export type Connection = ReturnType<typeof createConnection>;

/** The connection machine: one attempt or one connection at a time, and what comes after it. */
export function createConnection(settings: Settings, clock: Clock, random: () => number, hooks: ConnectionHooks) {
  const { reconnect, idleProbe } = settings;
  const waiting = createTimer(clock);
  const connecting = createTimer(clock);
  const stable = createTimer(clock);
  let state: ConnectionState = Object.freeze({ status: 'idle' });
  let link: Link | undefined;
  let failures = 0;
  let forcedAt = 0;
  let told: Told = {};

  const send = (message: ClientMessage): void => link?.send(message);
  const authenticate = (token: string): void => send({ type: 'auth', data: { token } });

  const set = (next: ConnectionState): void => {
    const previous = state;
    state = Object.freeze(next);
    hooks.onState(state, previous);
  };

  /** Lets go of the attempt or the connection, so that nothing of it is heard any more. */
  const release = (): void => {
    const former = link;
    link = undefined;
    for (const timer of [waiting, connecting, stable]) timer();
    session.end();
    former?.close();
  };

  const begin = (): void => {
    release();
    connecting(settings.connectTimeout, () => retry(failure('TIMEOUT')));
    link = openLink(settings, clock, {
      ...hooks,
      token: session.fresh,
      idle: () => idleProbe ?? (told.ping_interval ?? 30_000) * 1.5,
      onOpen(token) {
        if (token !== undefined && settings.tokenIn !== 'handshake') authenticate(token);
        hooks.onOpen();
        if (token === undefined) connected();
      },
      onMessage(message) {
        if (message.type === 'ping') send({ ...message, type: 'pong' });
        else if (message.type === 'auth_response') {
          const { data } = message;
          if (data.success) told = data;
          session.answered(data, state.status === 'connected');
          if (data.success) connected(data.user_id, data.connection_id);
        } else hooks.onMessage(message);
      },
      onFail: (error) => (error instanceof UnauthorizedError ? stop(error) : retry(failure('CONNECT_FAILED', error))),
      onClose: lost,
    });
    set({ status: 'connecting', attempt: failures + 1 });
  };

  const connected = (userId?: string, connectionId?: string): void => {
    const known = state.status === 'connected' ? state : undefined;
    if (!link?.isOpen()) return;
    if (!known || known.userId !== userId) {
      connecting();
      if (!known) stable(reconnect.stableAfter, () => void (failures = 0));
      set({ status: 'connected', userId, connectionId, since: known?.since ?? clock.now() });
      hooks.onOpen();
    }
    hooks.onTaking();
  };

  const lost = (code: number, reason: string, cause?: unknown): void => {
    const { name, retryAfterMs } = parseCloseReason(reason);
    const error = new ConnectionLostError(name || 'CONNECTION_LOST', code, false, cause);
    if (code === 4004) session.expire();
    if (reconnectRule(code) === 'reconnect' || (code === 4500 && session.discard())) retry(error, retryAfterMs);
    else stop(error);
  };

  const retry = (error: SkreaverError, hint?: number): void => {
    if (failures >= reconnect.maxAttempts) return stop(error);
    const firstWindow = told.reconnect_window_ms ?? reconnect.firstWindow;
    waitFor(clock.now() + backoff(failures++, { ...reconnect, firstWindow }, random, hint), error);
  };

  const waitFor = (retryAt: number, error: SkreaverError): void => {
    release();
    waiting(retryAt - clock.now(), begin);
    set({ status: 'waiting', attempt: failures, retryAt, error });
    hooks.onLost(error, false);
  };

  const stop = (error: SkreaverError): void => {
    release();
    set({ status: 'stopped', error });
    hooks.onLost(error, true);
  };

  /** Connects anew at once. */
  const again = (): void => {
    begin();
    hooks.onLost(failure('NOT_CONNECTED'), false);
  };

  const session = createSession(settings, clock, random, {
    send: authenticate,
    onRefused: stop,
    onOtherUser: again,
    onError: hooks.onError,
  });

  return {
    state: () => state,
    /** What the server has last said of itself. */
    told: () => told,
    send,
    isOpen: () => link?.isOpen(),
    /** What is sent now is done as the user of the newest token. */
    isTaking: () => state.status === 'connected' && !session.isReplaced(),
    /** As `connect`, but leaves a client that was stopped as it is. */
    start: (): void => {
      if (state.status === 'idle') begin();
    },
    connect: (): void => {
      if (state.status === 'idle' || state.status === 'stopped') begin();
    },
    disconnect: (): void => {
      release();
      failures = 0;
      if (state.status !== 'idle') set({ status: 'idle' });
      hooks.onLost(failure('NOT_CONNECTED'), true);
    },
    /** Gives the connection up until `wake`. */
    pause: (): void => {
      if (link || state.status === 'waiting') waitFor(Infinity, failure('NOT_CONNECTED'));
    },
    probe: () => link?.probe(),
    wake: (): void => {
      const now = clock.now();
      if (state.status === 'waiting') {
        // At most one forced attempt a second, spread, and never later than the one that is due anyway.
        const at = Math.max(now, forcedAt + 1_000) + random() * 300;
        if (at >= state.retryAt) return;
        forcedAt = at;
        waitFor(at, state.error);
      } else if (state.status === 'connected') link?.probe();
      else if (link && now - link.startedAt > 2_000) again();
    },
    setToken(token: string | undefined): void {
      const { status } = state;
      session.replace(token);
      if (status === 'connected' && token !== undefined && settings.tokenIn !== 'handshake') authenticate(token);
      // An attempt that is under way may have sent the former token.
      else if (link || status === 'stopped') again();
    },
  };
}
