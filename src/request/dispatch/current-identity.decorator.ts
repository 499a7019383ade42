import { createParamDecorator } from '@nestjs/common';
import type { Connection, Identity } from '../../connection/index.js';

/** Hands a handler the {@link Identity} of the connection that asks. */
export const CurrentIdentity = createParamDecorator(
  (_data: unknown, context): Identity | undefined => context.switchToWs().getClient<Connection>().identity,
);
