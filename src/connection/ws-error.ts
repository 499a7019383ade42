import { WsException } from '@nestjs/websockets';
import { type ErrorBody, WsErrorCode, defaultErrorMessage, protocolLimits } from '@skreaver/protocol';
import { RETRY_AFTER_MS } from '../timers/index.js';

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
  constructor(
    readonly code: WsErrorCode,
    message: string = defaultErrorMessage(code),
    readonly details?: Readonly<Record<string, unknown>>,
  ) {
    super({ code, message });
    this.message = message;
    this.name = 'WsError';
  }

  /** Returns the error as the client gets it. */
  toBody(): ErrorBody & { readonly code: WsErrorCode } {
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

  /** Something that the server needs is away. */
  static unavailable(retryAfterMs: number): WsError {
    const code = WsErrorCode.Unavailable;
    return new WsError(code, defaultErrorMessage(code), { retry_after_ms: Math.ceil(retryAfterMs) });
  }

  static rateLimited(retryAfterMs: number): WsError {
    const code = WsErrorCode.RateLimitExceeded;
    return new WsError(code, defaultErrorMessage(code), { retry_after_ms: Math.ceil(retryAfterMs) });
  }
}
