import { createParamDecorator } from '@nestjs/common';
import type { ClientConnection, Identity } from '../../connection/index.js';

/** Injects the {@link Identity} of the connection into a handler's parameter. */
export const CurrentIdentity = createParamDecorator(
  (_data: unknown, context): Identity | undefined => context.switchToWs().getClient<ClientConnection>().identity,
);
