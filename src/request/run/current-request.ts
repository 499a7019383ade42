import { AsyncLocalStorage } from 'node:async_hooks';
import type { Connection, Identity } from '../../connection/index.js';

/** The request that a `@WsRequest` method is answering. */
export interface CurrentRequest {
  /** The connection that sent it. */
  readonly connection: Connection;
  /** Who the connection was when the request arrived. */
  readonly identity: Identity | undefined;
  /** What the client sent beside the `params` (PROTOCOL §2); undefined where it sent none. Its keys and values are the client's. */
  readonly metadata: Readonly<Record<string, unknown>> | undefined;
}

/** Costs nothing before its first `run`: on Node 20 and 22 that one slows every promise of the process. */
const storage = new AsyncLocalStorage<CurrentRequest>();

/** True once an application of this process has the option `requestContext`. */
let isKept = false;

/** Makes {@link currentRequest} answer, also outside a request. */
export function keepCurrentRequest(): void {
  isKept = true;
}

/** Runs work below which {@link currentRequest} finds the request. */
export function runAsRequest<T>(request: CurrentRequest, work: () => T): T {
  return storage.run(request, work);
}

/**
 * The request that is being answered, at any depth below its `@WsRequest` method: in guards, pipes, interceptors and
 * filters, in services and request-scoped providers, and in a stream while its chunks are made. `undefined` outside a
 * request, as in hooks and HTTP routes, and in an application without the option `requestContext` beside one with it.
 * @throws Error where no application of this process has the option `requestContext`
 * @example
 * ```ts
 * import { Injectable } from '@nestjs/common';
 * import { currentRequest } from '@skreaver/nestjs-ws';
 *
 * @Injectable()
 * export class AuditLog {
 *   write(action: string): void {
 *     console.log(action, currentRequest()?.identity?.userId ?? 'the system');
 *   }
 * }
 * ```
 */
export function currentRequest(): CurrentRequest | undefined {
  if (isKept) return storage.getStore();
  throw new Error(
    'currentRequest() needs the option requestContext: SkreaverWsModule.forRoot({ requestContext: true }).',
  );
}
