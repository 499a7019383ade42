import { type CanActivate, type ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import { WsErrorCode } from '@skreaver/protocol';
import { Reflector } from '@nestjs/core';
import { type Connection, WsError } from '../connection/index.js';

const OPEN_TO_STRANGERS = 'skreaver-ws:open-to-strangers';

/** Lets a handler of the gateway run before the connection is authenticated. */
export const OpenToStrangers = (): MethodDecorator => SetMetadata(OPEN_TO_STRANGERS, true);

/** Refuses what needs an identity with `AUTHENTICATION_REQUIRED` (protocol §4). */
@Injectable()
export class WsAuthGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const connection = context.switchToWs().getClient<Connection>();
    if (connection.identity !== undefined || this.reflector.get(OPEN_TO_STRANGERS, context.getHandler())) return true;
    throw new WsError(WsErrorCode.AuthenticationRequired);
  }
}
