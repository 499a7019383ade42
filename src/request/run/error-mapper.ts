import { HttpException, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { WsException } from '@nestjs/websockets';
import { type ErrorBody, WsErrorCode, defaultErrorMessage } from '@skreaver/protocol';
import { type Connection, WsError } from '../../connection/index.js';
import { ThrottledLog, WsMetrics } from '../../metrics/index.js';
import { TimerWheel } from '../../timers/index.js';
import { FrameTooLargeError } from '../../transport/index.js';
import { FailureLog } from './failure-log.js';

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

/** What Nest throws when a guard of a gateway says no. */
const GUARD_REFUSAL = 'Forbidden resource';

/**
 * Turns whatever was thrown into what the client may know. What nobody meant for the client becomes `INTERNAL_ERROR` with
 * an `error_id`, under which the log has the whole.
 */
@Injectable()
export class ErrorMapper implements OnApplicationShutdown {
  private readonly failures: FailureLog;

  constructor(
    log: ThrottledLog,
    private readonly metrics: WsMetrics,
    wheel: TimerWheel,
  ) {
    this.failures = new FailureLog(log, wheel);
  }

  toErrorBody(connection: Connection, error: unknown): KnownError {
    const body = meantForClient(error) ?? this.internal(connection, error);
    this.metrics.errorAnswered(body.code);
    return body;
  }

  /** Of an error that could not be sent itself, such as one whose details are no JSON or too large: never meant for the client. */
  reportUnsendable(connection: Connection, error: unknown): KnownError {
    const body = this.internal(connection, error);
    this.metrics.errorAnswered(body.code);
    return body;
  }

  /** What fails where nobody waits for an answer any more: in the log alone. */
  note(connection: Connection, error: unknown): void {
    this.failures.note(connection, error);
  }

  onApplicationShutdown(): void {
    this.failures.flush();
  }

  private internal(connection: Connection, error: unknown): KnownError {
    const code = WsErrorCode.InternalError;
    return { code, message: defaultErrorMessage(code), details: { error_id: this.failures.note(connection, error) } };
  }
}

function meantForClient(error: unknown): KnownError | undefined {
  if (error instanceof WsError) return error.toBody();
  if (error instanceof HttpException) return fromHttp(error);
  if (error instanceof WsException) return fromWs(error);
  if (error instanceof FrameTooLargeError) return tooLarge(error);
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

function tooLarge({ size, max }: FrameTooLargeError): KnownError {
  const message = `The answer has ${size} bytes; at most ${max} can be sent at once. Ask for less, or for a part of it.`;
  return { code: WsErrorCode.MessageTooLarge, message, details: { size, max } };
}
