import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { WsMessageType } from '@skreaver/protocol';
import type { ClientConnection } from '../connection/index.js';
import { Throttler } from './throttler.js';

/**
 * Refuses messages over `messageRate` and `messageBurst` with `RATE_LIMIT_EXCEEDED`.
 * @example
 * ```ts
 * import { UseGuards } from '@nestjs/common';
 * import { WsThrottlerGuard, WsRequest } from '@skreaver/nestjs-ws';
 *
 * export class Notes {
 *   @UseGuards(WsThrottlerGuard)
 *   @WsRequest('note')
 *   take(): void {}
 * }
 * ```
 */
@Injectable()
export class WsThrottlerGuard implements CanActivate {
  constructor(private readonly throttler: Throttler) {}

  canActivate(context: ExecutionContext): boolean {
    const message = context.switchToWs();
    const connection = message.getClient<ClientConnection>();
    if (message.getPattern() === WsMessageType.Ack) this.throttler.countAck(connection);
    else this.throttler.countMessage(connection);
    return true;
  }
}
