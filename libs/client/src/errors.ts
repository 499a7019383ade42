/** What an error says. That of the server has no cause. */
export interface ErrorContent {
  readonly code: string;
  readonly message?: string | undefined;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  readonly retryable?: boolean | undefined;
  readonly cause?: unknown;
}

/**
 * The base of all errors of this client. Programs read `code` and `details`; `message` is for people and may change: the
 * server's sentence, or the code again.
 *
 * Codes of the client itself: `TIMEOUT`, `NOT_CONNECTED` (and the call does not wait), `QUEUE_FULL` (of requests that wait
 * for the connection, or of events that wait for their reader), `CONNECT_FAILED`, `LOAD_FAILED`, `UNRECOVERED`,
 * `UNSUBSCRIBED`, `UNAUTHORIZED`, `REQUEST_CANCELLED`, `PROTOCOL_ERROR`, `CONNECTION_LOST`.
 */
export class SkreaverError extends Error {
  override name = 'SkreaverError';
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>> | undefined;
  /** True if the same call may succeed later without any change. */
  readonly retryable: boolean;

  constructor({ code, message, details, retryable, cause }: ErrorContent) {
    super(message ?? code, { cause });
    this.code = code;
    this.details = details;
    this.retryable = retryable ?? typeof details?.['retry_after_ms'] === 'number';
  }
}

/**
 * The server answered a request with an error. `code` is the server's (PROTOCOL §9), or one of the application.
 * `details.error_id` names a failure in the log of the server.
 */
export class RequestError extends SkreaverError {}

/** A channel could not be subscribed to, or the server ended the subscription. */
export class SubscribeError extends SkreaverError {
  constructor(
    readonly channel: string,
    content: ErrorContent,
  ) {
    super(content);
  }
}

/** The connection ended. With `sent`, the server may have done what was asked: nobody can tell. */
export class ConnectionLostError extends SkreaverError {
  constructor(
    code: string,
    readonly closeCode: number,
    readonly sent: boolean,
    cause?: unknown,
  ) {
    super({ code, retryable: true, cause });
  }
}

/** An error of the client itself, which may not be there the next time. */
export const failure = (code: string, cause?: unknown): SkreaverError =>
  new SkreaverError({ code, retryable: true, cause });

/**
 * Thrown by `getToken` to say that there will be no token: the client stops instead of trying again.
 * @example
 * ```ts
 * import { UnauthorizedError, createClient } from '@skreaver/client';
 *
 * const client = createClient({
 *   url: '/ws',
 *   getToken: async ({ signal }) => {
 *     const response = await fetch('/token', { signal });
 *     if (response.status === 401) throw new UnauthorizedError();
 *     return response.text();
 *   },
 * });
 * client.connect();
 * ```
 */
export class UnauthorizedError extends SkreaverError {
  constructor(message?: string, cause?: unknown) {
    super({ code: 'UNAUTHORIZED', message, cause });
  }
}
