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
  readonly connection: Pick<Connection, 'send' | 'state' | 'start' | 'isTaking' | 'told'>;
  readonly clock: Clock;
  readonly requestTimeout: number;
  readonly maxQueued: number;
  readonly nextId: () => string;
  readonly onIdle: () => void;
}

/** Short beside the time in which a fast server takes half its burst. */
const PAUSE_MS = 20;

export type Requests = ReturnType<typeof createRequests>;

/** The requests of a client: each is settled exactly once. */
export function createRequests({ connection, clock, nextId, onIdle, ...settings }: RequestsHost) {
  const pending = new Map<string, Pending>();
  const pace = createTimer(clock);
  /** What may be sent at once: the server takes a burst, then so many a second, and refuses what is above. */
  let budget = Infinity;
  let paidAt = 0;

  const queued = (): number => [...pending.values()].filter(({ isSent }) => !isSent).length;

  const flush = (): void => {
    if (!connection.isTaking()) return;
    const now = clock.now();
    const { message_rate: rate = 50, message_burst: burst = 100, max_requests: max = 100 } = connection.told();
    let running = pending.size - queued();
    // A part is left to what is no request.
    budget = Math.min((burst + 1) / 2, budget + (now - paidAt) * rate * 0.0008);
    paidAt = now;
    for (const own of pending.values()) {
      if (own.isSent) continue;
      if (budget < 1 || running >= max || own.notBefore > now) pace(PAUSE_MS, flush);
      else {
        budget -= 1;
        running += 1;
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
      else if (queued() >= settings.maxQueued) own.reject(failure('QUEUE_FULL'));
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
    own.notBefore = clock.now() + (error.details?.['retry_after_ms'] as number);
  };

  return {
    call,
    flush,
    take({ data, correlation_id: id = '' }: ResponseMessage): void {
      const own = pending.get(id);
      if (!own) return;
      if (data.status === 'pending') onChunk(own, data.sequence, data.result);
      else if (data.status === 'success') own.resolve(data.result);
      else if (data.status === 'error') onError(own, new RequestError(data.error));
      else own.reject(failure('REQUEST_CANCELLED'));
      flush();
    },
    /** The connection is gone. @param isOver whether nothing will come back by itself */
    lost(error: SkreaverError, isOver: boolean): void {
      // Otherwise it connects at once, which it does as another user.
      const isAway = connection.state().status === 'waiting';
      pace();
      budget = Infinity;
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
