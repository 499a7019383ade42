import { SetMetadata } from '@nestjs/common';

/** Metadata key under which a method's {@link WsRequestMark} stands. */
export const WS_REQUEST = 'skreaver-ws:request';

export interface WsRequestOptions {
  /**
   * The method works on when its connection ends: its signal does not abort, its generator is pulled to the end, and what
   * it gives is dropped. Its `timeout` still ends it. Default false.
   */
  readonly outlivesConnection?: boolean;
}

export interface WsRequestMark extends WsRequestOptions {
  readonly method: string;
}

/**
 * Makes a method of any provider answer the request `method` (protocol §5). Guards, pipes, interceptors and parameter
 * decorators (`@MessageBody()` for `params`, `@CurrentIdentity()`, `@RequestSignal()`) work on it; without them it gets the
 * connection and the params. What it returns is the result; a `WsError` it throws is the answer, another exception
 * `INTERNAL_ERROR`.
 *
 * An async iterable, such as what an async generator method returns, or an Observable is sent chunk by chunk as `pending`
 * responses. A generator runs no faster than its connection takes the chunks, and what it returns in the end is the result of
 * `success`. An Observable cannot be made to wait: when more than `broadcastBufferSize` of its chunks wait, the request fails with
 * `RATE_LIMIT_EXCEEDED`. When the request ends early, the generator's `return()` is called, the Observable unsubscribed.
 */
export const WsRequest = (method: string, options: WsRequestOptions = {}): MethodDecorator =>
  SetMetadata(WS_REQUEST, { method, ...options } satisfies WsRequestMark);
