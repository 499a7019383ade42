import {
  CloseCode,
  type Metadata,
  type RequestMessage,
  type ResponseMessage,
  WsErrorCode,
  encodeResult,
  reply,
} from '@skreaver/protocol';
import { Packed, pack } from '@skreaver/protocol/msgpack';
import { Observable } from 'rxjs';
import { type ClientConnection, WsError } from '../../connection/index.js';
import { RawJson } from '../../delivery/index.js';
import { Timer, type TimerWheel } from '../../timers/index.js';
import { containListeners } from './contained-listeners.js';
import { type CurrentRequest, runAsRequest } from './current-request.js';
import type { ErrorMapper } from './error-mapper.js';
import type { ExceptionFilters } from './exception-filters.js';

/** The dependencies shared by all requests of a server. */
export interface RequestEnvironment {
  readonly errors: ErrorMapper;
  readonly wheel: TimerWheel;
  /** The most chunks of an Observable that may wait for the socket. */
  readonly maxWaitingChunks: number;
  /** Whether `currentRequest()` finds the requests. */
  readonly requestContext: boolean;
}

/**
 * One request until its terminal response. Its method, its timeout, a cancel and the end of the connection race: the
 * first one decides, and later outcomes are dropped. No method of this class throws.
 */
export class RunningRequest extends Timer {
  /** Those of the method, once it is called. */
  filters: ExceptionFilters | undefined;
  private readonly current: CurrentRequest | undefined;
  private over = false;
  private sequence = 0;
  private controller: AbortController | undefined;
  private abortedBy: unknown;
  private stopWork: (() => void) | undefined;

  /**
   * @param unanswered the connection's requests without a terminal response; this one adds itself, and removes itself
   * when it is over
   */
  constructor(
    readonly connection: ClientConnection,
    private readonly request: RequestMessage,
    private readonly unanswered: Set<RunningRequest>,
    private readonly environment: RequestEnvironment,
    private readonly outlivesConnection: boolean,
  ) {
    super();
    unanswered.add(this);
    if (environment.requestContext) {
      this.current = { connection, identity: connection.identity, metadata: request.metadata };
    }
    const { timeout } = request.data;
    if (timeout !== undefined) environment.wheel.arm(this, timeout);
  }

  get method(): string {
    return this.request.data.method;
  }

  get correlationId(): string | undefined {
    return this.request.correlation_id;
  }

  get metadata(): Metadata | undefined {
    return this.request.metadata;
  }

  get maxWaitingChunks(): number {
    return this.environment.maxWaitingChunks;
  }

  get isOver(): boolean {
    return this.over;
  }

  /** Created lazily, since most methods never use it. */
  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      containListeners(this.controller.signal, (error) => this.environment.errors.note(this.connection, error));
      if (this.abortedBy !== undefined) this.controller.abort(this.abortedBy);
    }
    return this.controller.signal;
  }

  /** Runs a part of the application's work on the request, where `currentRequest()` finds it. */
  within<T>(work: () => T): T {
    return this.current === undefined ? work() : runAsRequest(this.current, work);
  }

  /** Hands on the notifications of an Observable within the request: another one may be what emits them. */
  observedWithin<T>(source: Observable<T>): Observable<T> {
    if (this.current === undefined) return source;
    return new Observable((subscriber) =>
      source.subscribe({
        next: (value) => this.within(() => subscriber.next(value)),
        error: (error) => this.within(() => subscriber.error(error)),
        complete: () => this.within(() => subscriber.complete()),
      }),
    );
  }

  /** @param stop ends the stream of the result; called once, when the request is over, or at once if it already is */
  whenOver(stop: () => void): void {
    if (this.over) stop();
    else this.stopWork = stop;
  }

  /** Sends the next chunk of a streamed result. A chunk that cannot be sent fails the request. */
  chunk(value: unknown): void {
    if (this.over || this.connection.isClosed) return;
    try {
      this.send({ status: 'pending', result: sendable(value), sequence: this.sequence });
      this.sequence += 1;
    } catch (error) {
      this.end(() => this.sendError(error), error);
    }
  }

  /** Sends the result. A result that cannot be sent fails the request. */
  succeed(result: unknown): void {
    this.end(() => this.sendResult(result));
  }

  fail(error: unknown): void {
    this.end(() => this.sendError(error));
  }

  /**
   * Answers for an exception of the method as its filters decide. They are not asked once the request is over. Resolves
   * when it is over, since a filter may never decide.
   */
  async failByFilters(exception: unknown): Promise<void> {
    if (this.over || this.filters === undefined) return this.fail(exception);
    const { stopWork } = this;
    const over = new Promise<void>((resolve) => {
      this.whenOver(() => {
        resolve();
        stopWork?.();
      });
    });
    void this.decide(this.filters, exception);
    await over;
  }

  private async decide(filters: ExceptionFilters, exception: unknown): Promise<void> {
    const outcome = await filters.outcomeOf(exception, (entry, error) =>
      this.environment.errors.noteFilter(entry.exceptionMetatypes, error),
    );
    if ('result' in outcome) this.succeed(outcome.result);
    else this.fail(outcome.error);
  }

  /** Like {@link fail}, but also aborts the signal, since the method is still running. */
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

  /**
   * A timer, another request or the end of the connection may call it, and the application's listeners and cleanup run
   * in it.
   * @param abortedBy the reason of the abort, if the method has not ended by itself
   */
  private end(answer: () => void, abortedBy?: unknown): void {
    if (this.over) return;
    this.over = true;
    this.within(() => this.finish(answer, abortedBy));
  }

  private finish(answer: () => void, abortedBy: unknown): void {
    this.environment.wheel.disarm(this);
    this.unanswered.delete(this);
    try {
      answer();
    } catch {
      // Not even the failure could be sent, so the client would wait for a response for ever.
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
      // The response is sent; an error in the stream's teardown cannot change it.
    }
  }

  private sendResult(result: unknown): void {
    try {
      if (result instanceof RawJson) this.sendRaw(result);
      else this.send({ status: 'success', result: sendable(result) });
    } catch (error) {
      this.sendError(error);
    }
  }

  private sendRaw({ text, packed }: RawJson): void {
    const { socket } = this.connection;
    const json = encodeResult(text, this.correlationId);
    if (packed === undefined) socket.sendText(json);
    else socket.sendText(json, () => pack(this.success(new Packed(packed()))));
  }

  private success(result: unknown): ResponseMessage {
    return reply(this.request, { type: 'response', data: { status: 'success', result } });
  }

  /** Sends the error, or `INTERNAL_ERROR` if its details cannot be sent. */
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
