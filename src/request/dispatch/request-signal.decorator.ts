import { createParamDecorator } from '@nestjs/common';
import { runningRequestOf } from './running-request-of.js';

/**
 * Injects the `AbortSignal` of the request into a `@WsRequest` method. It aborts if the request ends before the method.
 * The reason is a `WsError` (`REQUEST_TIMEOUT`, `REQUEST_CANCELLED`, `CONNECTION_CLOSED` or, for an Observable that
 * outruns its connection, `RATE_LIMIT_EXCEEDED`), or the error that made a chunk unsendable.
 *
 * The signal may already be aborted when the method is called. Results and errors after the abort are not sent. Errors
 * thrown by its listeners are logged. Errors thrown by listeners of a derived signal, as made by `AbortSignal.any`, are
 * not caught: they become uncaught exceptions of the process.
 * @throws TypeError on a method without `@WsRequest`
 * @example
 * ```ts
 * import { MessageBody } from '@nestjs/websockets';
 * import { RequestSignal, WsRequest } from '@skreaver/nestjs-ws';
 *
 * export class Search {
 *   @WsRequest('search')
 *   async search(@MessageBody() query: string, @RequestSignal() signal: AbortSignal): Promise<unknown> {
 *     const response = await fetch(`https://search.example.com/?q=${encodeURIComponent(query)}`, { signal });
 *     return response.json();
 *   }
 * }
 * ```
 */
export const RequestSignal = createParamDecorator(
  (_data: unknown, context): AbortSignal => runningRequestOf(context, 'RequestSignal').signal,
);
