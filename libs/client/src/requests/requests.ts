import type { ResponseMessage } from '@skreaver/protocol';
import type { Connection } from '../connection/connection.js';
import { type Clock, createTimer } from '../environment/clock.js';
import { ConnectionLostError, RequestError, type SkreaverError, failure } from '../errors.js';
import { type Waiting, waiting } from '../wait.js';
import type { RequestOptions } from './request-options.js';

export interface Call extends RequestOptions {
  readonly method: string;
  readonly params: unknown;
  /** Takes the chunks of a streamed result. Such a call has no limit of time once it is sent, unless one was given. */
  readonly onChunk?: (chunk: unknown) => void;
  /** Gets what gives it up. */
  readonly onStart?: (giveUp: (reason: unknown) => void) => void;
  /**
   * It may be sent again: the server does it once. Asked when the connection that it was sent on is lost, and with the user of
   * the next one before it is sent there.
   */
  readonly isRepeatable?: ((sentBy: string | undefined, user: string | undefined) => boolean) | undefined;
}

interface Pending extends Call, Waiting<unknown> {
  readonly id: string;
  readonly deadline: number;
  isSent: boolean;
  /** The connection that it was last sent on. */
  sentOn?: User;
  /** The server asked to wait so long before it is sent again. */
  notBefore: number;
  chunks: number;
}

interface User {
  readonly userId?: string | undefined;
}

export interface RequestsHost {
  readonly connection: Pick<Connection, 'send' | 'state' | 'start' | 'isTaking'>;
  readonly clock: Clock;
  readonly requestTimeout: number;
  readonly maxQueued: number;
  readonly nextId: () => string;
  readonly onIdle: () => void;
}

/** The server takes a burst, then so many a second: what has waited must not be refused for coming at once. */
const BURST = 50;
const RATE_PER_MS = 0.04;
const PAUSE_MS = 100;

export type Requests = ReturnType<typeof createRequests>;

/** The requests of a client: each is settled exactly once. */
export function createRequests({ connection, clock, nextId, onIdle, ...settings }: RequestsHost) {
  const pending = new Map<string, Pending>();
  const pace = createTimer(clock);
  let budget = BURST;
  let paidAt = 0;

  const queued = (): Pending[] => [...pending.values()].filter(({ isSent }) => !isSent);

  const flush = (): void => {
    const now = clock.now();
    budget = Math.min(BURST, budget + (now - paidAt) * RATE_PER_MS);
    paidAt = now;
    for (const own of connection.isTaking() ? queued() : []) {
      if (budget < 1 || own.notBefore > now) pace(PAUSE_MS, flush);
      else {
        budget -= 1;
        transmit(own);
      }
    }
  };

  const transmit = (own: Pending): void => {
    const { id, method, params, deadline, timeout, sentOn, isRepeatable } = own;
    const user = connection.state() as User;
    if (sentOn && !isRepeatable?.(sentOn.userId, user.userId)) return own.reject(lostWith(failure('CONNECTION_LOST')));
    own.isSent = true;
    own.sentOn = user;
    const isOpenEnded = own.onChunk && timeout === undefined;
    if (isOpenEnded) own.unbound();
    const left = isOpenEnded ? undefined : Math.max(1, deadline - clock.now());
    try {
      connection.send({ type: 'request', data: { method, params, timeout: left }, correlation_id: id });
    } catch (error) {
      // The params are not JSON: a bigint, or a circle.
      own.reject(error);
    }
  };

  const cancel = ({ id, isSent }: Pending): void => {
    const data = { method: 'cancel', params: { correlation_id: id } };
    if (isSent) connection.send({ type: 'request', data, correlation_id: nextId() });
  };

  function call(request: Call): Promise<unknown> {
    const { signal, timeout = settings.requestTimeout } = request;
    return waiting(clock, { signal, timeout }, (settle) => {
      const id = nextId();
      const deadline = clock.now() + timeout;
      const own: Pending = { ...request, ...settle, id, deadline, isSent: false, notBefore: 0, chunks: 0 };
      request.onStart?.(own.giveUp);
      connection.start();
      const state = connection.state();
      if (state.status === 'stopped') own.reject(state.error);
      else if (request.volatile && state.status !== 'connected') own.reject(failure('NOT_CONNECTED'));
      else if (queued().length >= settings.maxQueued) own.reject(failure('QUEUE_FULL'));
      else {
        pending.set(id, own);
        flush();
      }
      return (isGivenUp) => {
        pending.delete(id);
        if (isGivenUp) cancel(own);
        if (pending.size === 0) onIdle();
      };
    });
  }

  const onChunk = (own: Pending, sequence: number, chunk: unknown): void => {
    if (sequence === own.chunks++) own.onChunk?.(chunk);
    else own.giveUp(failure('PROTOCOL_ERROR'));
  };

  const onError = (own: Pending, error: RequestError): void => {
    // The server said when to come back: it drains, or is overloaded.
    if (!own.isRepeatable || !error.retryable) return own.reject(error);
    own.isSent = false;
    own.notBefore = clock.now() + Number(error.details?.['retry_after_ms']);
    flush();
  };

  return {
    call,
    flush,
    take({ data, correlation_id: id = '' }: ResponseMessage): void {
      const own = pending.get(id);
      if (!own) return;
      if (data.status === 'pending') onChunk(own, data.sequence, data.result);
      else if (data.status === 'success') own.resolve(data.result);
      else if (data.status === 'error') onError(own, new RequestError(data.error.code, data.error.message, data.error));
      else own.reject(failure('REQUEST_CANCELLED'));
    },
    /** The connection is gone. @param isOver whether nothing will come back by itself */
    lost(error: SkreaverError, isOver: boolean): void {
      // Otherwise it connects at once, which it does as another user.
      const isAway = connection.state().status === 'waiting';
      pace();
      budget = BURST;
      for (const own of pending.values()) {
        const userId = own.sentOn?.userId;
        if (!own.isSent) {
          if (isOver) own.reject(error);
        } else if (isAway && own.isRepeatable?.(userId, userId)) own.isSent = false;
        else own.reject(lostWith(error));
      }
    },
    isEmpty: () => pending.size === 0,
  };
}

function lostWith(error: SkreaverError): ConnectionLostError {
  return new ConnectionLostError(error.code, (error as Partial<ConnectionLostError>).closeCode ?? 1000, true, error);
}
