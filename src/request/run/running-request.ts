import {
  CloseCode,
  type RequestMessage,
  type ResponseMessage,
  WsErrorCode,
  encodeResult,
  reply,
} from '@skreaver/protocol';
import { type Connection, WsError } from '../../connection/index.js';
import { RawJson } from '../../delivery/index.js';
import { Timer, type TimerWheel } from '../../timers/index.js';
import { containListeners } from './contained-listeners.js';
import type { ErrorMapper } from './error-mapper.js';

/** What all requests of a server share. */
export interface RequestEnvironment {
  readonly errors: ErrorMapper;
  readonly wheel: TimerWheel;
  /** Chunks of a source that cannot be paused that may wait for the socket. */
  readonly maxWaitingChunks: number;
}

/**
 * One request until its one terminal answer. Its method, its deadline, a cancel and the end of the connection race for that;
 * the first decides, and whatever comes later is dropped. Nothing here throws.
 */
export class RunningRequest extends Timer {
  private over = false;
  private sequence = 0;
  private controller: AbortController | undefined;
  private abortedBy: unknown;
  private stopWork: (() => void) | undefined;

  /** @param unanswered where the request stands until it is over */
  constructor(
    readonly connection: Connection,
    private readonly request: RequestMessage,
    private readonly unanswered: Set<RunningRequest>,
    private readonly environment: RequestEnvironment,
    private readonly outlivesConnection: boolean,
  ) {
    super();
    unanswered.add(this);
    const { timeout } = request.data;
    if (timeout !== undefined) environment.wheel.arm(this, timeout);
  }

  get correlationId(): string | undefined {
    return this.request.correlation_id;
  }

  get maxWaitingChunks(): number {
    return this.environment.maxWaitingChunks;
  }

  get isOver(): boolean {
    return this.over;
  }

  /** Made on first use: most methods never ask for it. */
  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      containListeners(this.controller.signal, (error) => this.environment.errors.note(this.connection, error));
      if (this.abortedBy !== undefined) this.controller.abort(this.abortedBy);
    }
    return this.controller.signal;
  }

  /** @param stop ends the work of whoever streams the result; called once, when the request is over, at once if it is */
  whenOver(stop: () => void): void {
    if (this.over) stop();
    else this.stopWork = stop;
  }

  /** Sends the next part of a streamed result. One that cannot be sent is the failure of its method. */
  chunk(value: unknown): void {
    if (this.over || this.connection.isClosed) return;
    try {
      this.send({ status: 'pending', result: sendable(value), sequence: this.sequence });
      this.sequence += 1;
    } catch (error) {
      this.end(() => this.sendError(error), error);
    }
  }

  /** A result that cannot be sent is the failure of its method. */
  succeed(result: unknown): void {
    this.end(() => this.sendResult(result));
  }

  fail(error: unknown): void {
    this.end(() => this.sendError(error));
  }

  /** As {@link fail}, while the method is still at work. */
  abort(error: unknown): void {
    this.end(() => this.sendError(error), error);
  }

  cancel(): void {
    this.end(() => this.send({ status: 'cancelled' }), new WsError(WsErrorCode.RequestCancelled));
  }

  connectionEnded(): void {
    if (!this.outlivesConnection) this.end(() => {}, new WsError(WsErrorCode.ConnectionClosed));
  }

  /** The request's `timeout` has passed. */
  override fire(): void {
    this.abort(new WsError(WsErrorCode.RequestTimeout));
  }

  /** @param abortedBy why the method is to stop, where it did not end by itself */
  private end(answer: () => void, abortedBy?: unknown): void {
    if (this.over) return;
    this.over = true;
    this.environment.wheel.disarm(this);
    this.unanswered.delete(this);
    try {
      answer();
    } catch {
      // Not even the failure could be reported: what the client believes of its requests is no longer true.
      this.connection.socket.closeAndDestroy(CloseCode.InternalError);
    }
    this.stop(abortedBy);
  }

  private stop(abortedBy: unknown): void {
    this.abortedBy = abortedBy;
    if (abortedBy !== undefined) this.controller?.abort(abortedBy);
    try {
      this.stopWork?.();
    } catch {
      // What a stream does after its answer, such as a teardown that throws, is its own affair.
    }
  }

  private sendResult(result: unknown): void {
    try {
      if (result instanceof RawJson) this.connection.socket.sendText(encodeResult(result.text, this.correlationId));
      else this.send({ status: 'success', result: sendable(result) });
    } catch (error) {
      this.sendError(error);
    }
  }

  /** An error whose details cannot be sent is reported as one of the inside. */
  private sendError(error: unknown): void {
    const { errors } = this.environment;
    try {
      this.send({ status: 'error', error: errors.toErrorBody(this.connection, error) });
    } catch (unsendable) {
      this.send({ status: 'error', error: errors.reportUnsendable(this.connection, unsendable) });
    }
  }

  private send(data: ResponseMessage['data']): void {
    this.connection.send(reply(this.request, { type: 'response', data }));
  }
}

function sendable(result: unknown): unknown {
  if (typeof result === 'function' || typeof result === 'symbol') {
    throw new TypeError(`A ${typeof result} is no result.`);
  }
  return result ?? null;
}
