import { WsException } from '@nestjs/websockets';
import { type ErrorBody, WsErrorCode, defaultErrorMessage, protocolLimits } from '@skreaver/protocol';
import type { BackplaneUnavailableError } from '../backplane/index.js';
import { RETRY_AFTER_MS } from '../timers/index.js';
import type { ErrorCode } from './application-error-codes.js';

/** PROTOCOL §9. Bounds what a client, a log and a metric get. */
const CODE = /^[A-Z][A-Z0-9_]{0,63}$/;

/**
 * An expected failure, with its code (PROTOCOL §9). Thrown by the services; an application's handlers may throw it too,
 * and the client gets exactly `code`, `message` and `details`.
 * @example
 * ```ts
 * import { WsError, WsErrorCode, WsRequest } from '@skreaver/nestjs-ws';
 *
 * export class Orders {
 *   @WsRequest('order')
 *   find(): never {
 *     throw new WsError(WsErrorCode.InvalidParams, 'There is no such order.', { field: 'id' });
 *   }
 * }
 * ```
 */
export class WsError extends WsException {
  /**
   * @param code of the protocol, or of the application (`ApplicationErrorCodes`)
   * @param message default: the sentence of the code
   * @throws TypeError for a code of another shape than 1 to 64 characters of `A–Z 0–9 _`
   */
  constructor(
    readonly code: ErrorCode,
    message: string = sentenceOf(code),
    readonly details?: Readonly<Record<string, unknown>>,
  ) {
    super({ code, message });
    if (!CODE.test(code)) throw new TypeError('An error code has 1 to 64 characters of A-Z 0-9 _, the first a letter.');
    this.message = message;
    this.name = 'WsError';
  }

  /** Returns the error as the client gets it. */
  toBody(): ErrorBody & { readonly code: ErrorCode } {
    const body = { code: this.code, message: this.message };
    return this.details === undefined ? body : { ...body, details: this.details };
  }

  static connectionNotFound(): WsError {
    return new WsError(WsErrorCode.ConnectionNotFound);
  }

  static duplicateConnection(): WsError {
    return new WsError(WsErrorCode.DuplicateConnection);
  }

  /** This node is being shut down. */
  static serviceRestart(): WsError {
    const code = WsErrorCode.ServiceRestart;
    return new WsError(code, defaultErrorMessage(code), { retry_after_ms: RETRY_AFTER_MS });
  }

  /** A bad, an expired and an unknown token get the same answer (PROTOCOL §9). */
  static authenticationFailed(): WsError {
    return new WsError(WsErrorCode.AuthenticationFailed);
  }

  static unsendableCloseCode(code: number): WsError {
    return new WsError(WsErrorCode.InvalidParams, `A close frame cannot hold the code ${code} (RFC 6455 §7.4).`);
  }

  static permissionDenied(channel: string): WsError {
    return new WsError(WsErrorCode.PermissionDenied, defaultErrorMessage(WsErrorCode.PermissionDenied), { channel });
  }

  /** Shortens a channel name, which may be long where it is invalid; cuts between characters. */
  static shownChannel(channel: string): string {
    const cut = channel.slice(0, protocolLimits.maxChannelNameLength);
    return /[\ud800-\udbff]$/.test(cut) && cut !== channel ? cut.slice(0, -1) : cut;
  }

  static invalidChannel(channel: string): WsError {
    return new WsError(WsErrorCode.InvalidChannel, defaultErrorMessage(WsErrorCode.InvalidChannel), { channel });
  }

  /** Refuses a pattern as the name of a channel, and says what stands for many channels. */
  static wildcard(pattern: string): WsError {
    const message = 'A channel name has no "*". The channel option `mirror` makes one channel of many.';
    return new WsError(WsErrorCode.InvalidChannel, message, { channel: pattern });
  }

  /** Something that the server needs is away. */
  static unavailable(retryAfterMs: number): WsError {
    const code = WsErrorCode.Unavailable;
    return new WsError(code, defaultErrorMessage(code), { retry_after_ms: Math.ceil(retryAfterMs) });
  }

  /** The engine of the backplane is away. For a subscribe or a read the outcome says nothing new: it is repeated. */
  static outage({ retryAfterMs, outcome }: BackplaneUnavailableError): WsError {
    const code = WsErrorCode.Unavailable;
    return new WsError(code, defaultErrorMessage(code), { retry_after_ms: Math.ceil(retryAfterMs), outcome });
  }

  /** Nodes have not confirmed a command, which they carry out when they can be reached again. */
  static unconfirmed(nodes: number): WsError {
    const code = WsErrorCode.Unavailable;
    return new WsError(code, defaultErrorMessage(code), { retry_after_ms: RETRY_AFTER_MS, unconfirmed: nodes });
  }

  static rateLimited(retryAfterMs: number): WsError {
    const code = WsErrorCode.RateLimitExceeded;
    return new WsError(code, defaultErrorMessage(code), { retry_after_ms: Math.ceil(retryAfterMs) });
  }
}

function sentenceOf(code: ErrorCode): string {
  return isProtocolCode(code) ? defaultErrorMessage(code) : 'The server refused this; its code says why.';
}

function isProtocolCode(code: string): code is WsErrorCode {
  return Object.values<string>(WsErrorCode).includes(code);
}
