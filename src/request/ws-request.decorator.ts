import { SetMetadata } from '@nestjs/common';

/** Metadata key under which a method's request name stands. */
export const WS_REQUEST = 'skreaver-ws:request';

/**
 * Makes a method of any provider answer the request `method` (protocol §5). Guards, pipes, interceptors and parameter
 * decorators (`@MessageBody()` for `params`, `@CurrentIdentity()`) work on it; without them it gets the connection and
 * the params. What it returns is the result; a `WsError` it throws is the answer, another exception `INTERNAL_ERROR`.
 */
export const WsRequest = (method: string): MethodDecorator => SetMetadata(WS_REQUEST, method);
