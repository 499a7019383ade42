import { createParamDecorator } from '@nestjs/common';
import type { Metadata } from '@skreaver/protocol';
import { runningRequestOf } from './running-request-of.js';

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
export const RequestMetadata = createParamDecorator(
  (_data: unknown, context): Metadata | undefined => runningRequestOf(context, 'RequestMetadata').metadata,
);
