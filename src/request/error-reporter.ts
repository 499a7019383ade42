import { randomUUID } from 'node:crypto';
import { HttpException, Injectable } from '@nestjs/common';
import { WsException } from '@nestjs/websockets';
import { type ErrorBody, WsErrorCode, defaultErrorMessage } from '@skreaver/protocol';
import { type Connection, WsError } from '../connection/index.js';
import { PacedLog, WsMetrics, describeError } from '../metrics/index.js';

/** A body whose code is one of the protocol's, fit to be a metric's label. */
type KnownError = ErrorBody & { readonly code: WsErrorCode };

/** What HTTP's statuses are called here; another 4xx is a fault of what was asked. */
const CODE_OF_STATUS: ReadonlyMap<number, WsErrorCode> = new Map([
  [401, WsErrorCode.AuthenticationRequired],
  [403, WsErrorCode.PermissionDenied],
  [408, WsErrorCode.RequestTimeout],
  [413, WsErrorCode.MessageTooLarge],
  [429, WsErrorCode.RateLimitExceeded],
]);

/** Where a failure happened: a line of a stack. */
const FRAME = /^ {4}at /;
const REPEAT_MS = 1000;
/** Different failures of one connection remembered at a time. */
const MAX_RECENT = 16;

/** What Nest throws when a guard of a gateway says no. */
const GUARD_REFUSAL = 'Forbidden resource';

/**
 * Turns whatever was thrown into what the client may know. What nobody meant for the client becomes `INTERNAL_ERROR` with
 * an `error_id`, under which the log has the whole.
 */
@Injectable()
export class ErrorReporter {
  private readonly recent = new WeakMap<Connection, Map<string, { readonly id: string; readonly at: number }>>();

  constructor(
    private readonly log: PacedLog,
    private readonly metrics: WsMetrics,
  ) {}

  report(connection: Connection, error: unknown): KnownError {
    const body = meantForClient(error) ?? this.internal(connection, error);
    this.metrics.errorAnswered(body.code);
    return body;
  }

  private internal(connection: Connection, error: unknown): KnownError {
    const code = WsErrorCode.InternalError;
    return { code, message: defaultErrorMessage(code), details: { error_id: this.logged(connection, error) } };
  }

  /** Repeats of one failure within a second share the id, and the line, of the first: every id is in the log. */
  private logged(connection: Connection, error: unknown): string {
    const described = describeError(error);
    const failure = `${described.name} ${described.stack?.split('\n').find((line) => FRAME.test(line)) ?? ''}`;
    const recent = this.recentOf(connection);
    const now = performance.now();
    const known = recent.get(failure);
    if (known !== undefined && now - known.at < REPEAT_MS) return known.id;
    const id = randomUUID();
    if (recent.size >= MAX_RECENT) recent.clear();
    recent.set(failure, { id, at: now });
    this.log.event(
      'handler failed',
      {
        connection_id: connection.id,
        user_id: connection.userId,
        error_id: id,
        error: described,
      },
      'error',
    );
    return id;
  }

  private recentOf(connection: Connection): Map<string, { readonly id: string; readonly at: number }> {
    const recent = this.recent.get(connection) ?? new Map<string, { readonly id: string; readonly at: number }>();
    this.recent.set(connection, recent);
    return recent;
  }
}

function meantForClient(error: unknown): KnownError | undefined {
  if (error instanceof WsError) return error.toBody();
  if (error instanceof HttpException) return fromHttp(error);
  if (error instanceof WsException) return fromWs(error);
  return undefined;
}

function fromHttp(error: HttpException): KnownError | undefined {
  const status = error.getStatus();
  if (status < 400 || status >= 500) return undefined;
  const code = CODE_OF_STATUS.get(status) ?? WsErrorCode.InvalidParams;
  const response = error.getResponse();
  const messages = typeof response === 'object' ? (response as { message?: unknown }).message : undefined;
  return Array.isArray(messages)
    ? { code, message: defaultErrorMessage(code), details: { messages } }
    : { code, message: error.message };
}

function fromWs(error: WsException): KnownError {
  const forbidden = error.message === GUARD_REFUSAL;
  const code = forbidden ? WsErrorCode.PermissionDenied : WsErrorCode.InvalidParams;
  return { code, message: forbidden ? defaultErrorMessage(code) : error.message };
}
