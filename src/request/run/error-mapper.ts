import { HttpException, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { WsException } from '@nestjs/websockets';
import { type ErrorBody, WsErrorCode, defaultErrorMessage } from '@skreaver/protocol';
import { BackplaneUnavailableError } from '../../backplane/index.js';
import { type ClientConnection, type ErrorCode, WsError } from '../../connection/index.js';
import { ThrottledLog, WsMetrics, describeError } from '../../metrics/index.js';
import { TimerWheel } from '../../timers/index.js';
import { FrameTooLargeError } from '../../transport/index.js';
import { FailureLog } from './failure-log.js';

/** A body with a code of the protocol, so that the code can be a metric label. */
type KnownError = ErrorBody & { readonly code: ErrorCode };

/** Error codes by HTTP status. Any other 4xx is `INVALID_PARAMS`. */
const CODE_OF_STATUS: ReadonlyMap<number, WsErrorCode> = new Map([
  [401, WsErrorCode.AuthenticationRequired],
  [403, WsErrorCode.PermissionDenied],
  [408, WsErrorCode.RequestTimeout],
  [413, WsErrorCode.MessageTooLarge],
  [429, WsErrorCode.RateLimitExceeded],
]);

/** Nest's message when a guard of a gateway denies. */
const GUARD_REFUSAL = 'Forbidden resource';

const FILTER_HINT =
  'The exception was answered as without this filter. A filter made for HTTP begins with: ' +
  "if (host.getType() !== 'http') throw exception;";

/**
 * Maps exceptions to the error bodies that clients may see. An exception that is not meant for clients becomes
 * `INTERNAL_ERROR` with an `error_id`, under which the log has the details.
 */
@Injectable()
export class ErrorMapper implements OnApplicationShutdown {
  private readonly failures: FailureLog;
  /** The filters that have failed, each by the list of types that its class catches. */
  private readonly failedFilters = new WeakSet<object>();

  constructor(
    private readonly log: ThrottledLog,
    private readonly metrics: WsMetrics,
    wheel: TimerWheel,
  ) {
    this.failures = new FailureLog(log, wheel);
  }

  toErrorBody(connection: ClientConnection, error: unknown): KnownError {
    const body = meantForClient(error) ?? this.internal(connection, error);
    this.metrics.errorAnswered(body.code);
    return body;
  }

  /** Maps an error that could not be sent, as its details are not JSON or too large, to `INTERNAL_ERROR`. */
  reportUnsendable(connection: ClientConnection, error: unknown): KnownError {
    const body = this.internal(connection, error);
    this.metrics.errorAnswered(body.code);
    return body;
  }

  /** Logs an error that occurred after its request was answered. */
  note(connection: ClientConnection, error: unknown): void {
    this.failures.note(connection, error);
  }

  /**
   * Logs the first failure of an exception filter. One made for HTTP fails at every exception.
   * @param types the list of types that the filter's class catches, which its instances share
   */
  noteFilter(types: object, error: unknown): void {
    if (this.failedFilters.has(types)) return;
    this.failedFilters.add(types);
    this.log.event('exception filter failed', { hint: FILTER_HINT, error: describeError(error) }, 'warn');
  }

  onApplicationShutdown(): void {
    this.failures.flush();
  }

  private internal(connection: ClientConnection, error: unknown): KnownError {
    const code = WsErrorCode.InternalError;
    return { code, message: defaultErrorMessage(code), details: { error_id: this.failures.note(connection, error) } };
  }
}

function meantForClient(error: unknown): KnownError | undefined {
  if (error instanceof WsError) return error.toBody();
  if (error instanceof HttpException) return fromHttp(error);
  if (error instanceof WsException) return fromWs(error);
  if (error instanceof FrameTooLargeError) return tooLarge(error);
  if (error instanceof BackplaneUnavailableError) return WsError.outage(error).toBody();
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
