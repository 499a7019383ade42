import { createParamDecorator } from '@nestjs/common';
import type { Metadata } from '@skreaver/protocol';
import { RunningRequest } from '../run/running-request.js';
import { RUNNING_REQUEST } from './request-contexts.js';

/**
 * Injects the `metadata` of the request (PROTOCOL §2) into a `@WsRequest` method: `undefined` where the client sent none.
 * Its keys and values are the client's: check them.
 * @throws TypeError on a method without `@WsRequest`
 * @example
 * ```ts
 * import { RequestMetadata, WsRequest } from '@skreaver/nestjs-ws';
 *
 * export class Greeting {
 *   @WsRequest('greet')
 *   greet(@RequestMetadata() metadata?: Readonly<Record<string, unknown>>): string {
 *     return metadata?.['language'] === 'fr' ? 'Bonjour' : 'Hello';
 *   }
 * }
 * ```
 */
export const RequestMetadata = createParamDecorator((_data: unknown, context): Metadata | undefined => {
  const running: unknown = context.getArgByIndex(RUNNING_REQUEST);
  if (running instanceof RunningRequest) return running.metadata;
  throw new TypeError('@RequestMetadata() stands on a method without @WsRequest().');
});
