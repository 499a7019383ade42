import { createParamDecorator } from '@nestjs/common';
import type { ClientConnection, Identity } from '../../connection/index.js';

/**
 * Injects the {@link Identity} of the connection into a handler's parameter.
 * @example
 * ```ts
 * import { CurrentIdentity, type Identity, WsRequest } from '@skreaver/nestjs-ws';
 *
 * export class Profile {
 *   @WsRequest('whoami')
 *   whoAmI(@CurrentIdentity() identity: Identity): string {
 *     return identity.userId;
 *   }
 * }
 * ```
 */
export const CurrentIdentity = createParamDecorator(
  (_data: unknown, context): Identity | undefined => context.switchToWs().getClient<ClientConnection>().identity,
);
