import { SetMetadata } from '@nestjs/common';
import type { JsonSchema } from '../validation/json-schema.js';

/** The metadata key of a method's {@link WsRequestMark}. */
export const WS_REQUEST = 'skreaver-ws:request';

export interface WsRequestOptions {
  /**
   * Keeps the method running after its connection ends: its signal does not abort, and its generator is pulled to the
   * end. The results are dropped. The request's `timeout` still applies. Default: false.
   */
  readonly outlivesConnection?: boolean;
  /**
   * Gives the interceptors of the whole application the chunks of a streamed result one by one, as those of the method
   * and of its class get them. Otherwise they get one value, the result of `success`. Default: false.
   */
  readonly interceptChunks?: boolean;
}

export interface WsRequestMark extends WsRequestOptions {
  readonly method: string;
  /** True for the methods of PROTOCOL §5. */
  readonly builtIn?: boolean;
  /** What a built-in method takes; that of the application's methods is read from their parameters. */
  readonly params?: JsonSchema;
}

/**
 * Makes a method of this module answer requests that every server has (PROTOCOL §5).
 * @param params describes what the method checks; missing if it takes none
 */
export const BuiltInRequest = (method: string, params?: JsonSchema): MethodDecorator =>
  SetMetadata(WS_REQUEST, { method, builtIn: true, ...(params && { params }) } satisfies WsRequestMark);

/**
 * Makes a method of any provider answer requests for `method` (PROTOCOL §5). Guards, pipes, interceptors and parameter
 * decorators (`@MessageBody()` for `params`, `@CurrentConnection()`, `@CurrentIdentity()`, `@RequestMetadata()`,
 * `@RequestSignal()`) apply to it. Without parameter decorators it gets the connection and the params. The returned
 * value is the result. A thrown `WsError` is the error response. Nest's `HttpException` with a 4xx status and
 * `WsException` are mapped to error codes. Any other exception becomes `INTERNAL_ERROR`.
 *
 * Streaming: an Observable or an async iterable, such as an async generator, is sent chunk by chunk as `pending`
 * responses. A generator has backpressure: it runs no faster than its connection takes the chunks. The value that it
 * returns at the end is the result of `success`. An Observable has no backpressure: if more than `broadcastBufferSize`
 * of its chunks wait, the request fails with `RATE_LIMIT_EXCEEDED`. If the request ends early, the generator's
 * `return()` is called, or the Observable is unsubscribed.
 * @example
 * ```ts
 * import { WsRequest } from '@skreaver/nestjs-ws';
 *
 * export class Countdown {
 *   @WsRequest('countdown')
 *   async *count(): AsyncGenerator<number, string> {
 *     for (let left = 3; left > 0; left -= 1) yield left;
 *     return 'lift-off';
 *   }
 * }
 * ```
 */
export const WsRequest = (method: string, options: WsRequestOptions = {}): MethodDecorator =>
  SetMetadata(WS_REQUEST, { method, ...options } satisfies WsRequestMark);
