import { createParamDecorator } from '@nestjs/common';
import type { ClientConnection, Connection } from '../../connection/index.js';

/**
 * Injects the {@link Connection} that sent the request into a handler's parameter.
 * @example
 * ```ts
 * import { type Connection, CurrentConnection, WsRequest } from '@skreaver/nestjs-ws';
 *
 * export class Channels {
 *   @WsRequest('channels')
 *   list(@CurrentConnection() connection: Connection): readonly string[] {
 *     return connection.subscriptions;
 *   }
 * }
 * ```
 */
export const CurrentConnection = createParamDecorator((_data: unknown, context): Connection =>
  context.switchToWs().getClient<ClientConnection>(),
);
