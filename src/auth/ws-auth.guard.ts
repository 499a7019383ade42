import { type CanActivate, type ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import { WsErrorCode } from '@skreaver/protocol';
import { Reflector } from '@nestjs/core';
import { type ClientConnection, WsError } from '../connection/index.js';

const ALLOW_UNAUTHENTICATED = 'skreaver-ws:allow-unauthenticated';

/** Lets a handler of the gateway run before the connection is authenticated. */
export const AllowUnauthenticated = (): MethodDecorator => SetMetadata(ALLOW_UNAUTHENTICATED, true);

/**
 * Rejects messages of unauthenticated connections with `AUTHENTICATION_REQUIRED` (PROTOCOL §4).
 * @example
 * ```ts
 * import { UseGuards } from '@nestjs/common';
 * import { WsAuthGuard, WsRequest } from '@skreaver/nestjs-ws';
 *
 * export class Notes {
 *   @UseGuards(WsAuthGuard)
 *   @WsRequest('note')
 *   take(): void {}
 * }
 * ```
 */
@Injectable()
export class WsAuthGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const connection = context.switchToWs().getClient<ClientConnection>();
    if (connection.identity !== undefined || this.reflector.get(ALLOW_UNAUTHENTICATED, context.getHandler()))
      return true;
    throw new WsError(WsErrorCode.AuthenticationRequired);
  }
}
