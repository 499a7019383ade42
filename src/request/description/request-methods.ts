import { Injectable } from '@nestjs/common';
import { MethodTable } from '../dispatch/method-table.js';
import type { JsonSchema } from '../validation/json-schema.js';
import { paramsSchema } from './params-schema.js';
import { streamingKind } from './streaming-kind.js';

/** What is known of a `@WsRequest` method without calling it. Fields are added, not changed or removed. */
export interface RequestMethodDescription {
  /** The name on the wire. */
  readonly method: string;
  /** The class of the provider. */
  readonly provider: string;
  /** The name of the function. */
  readonly handler: string;
  /** True for the methods of PROTOCOL §5, which every server has. */
  readonly builtIn: boolean;
  /** True for an async generator and a declared Observable; `null` where only a call shows it. */
  readonly streaming: boolean | null;
  /** Of the DTO that `@MessageBody()` declares, or of a built-in method. Missing where none is declared or taken. */
  readonly params?: JsonSchema;
}

/**
 * Describes the methods that this server answers: a seed for documentation and for generated clients.
 * @example
 * ```ts
 * import { Controller, Get } from '@nestjs/common';
 * import { RequestMethods, type RequestMethodDescription } from '@skreaver/nestjs-ws';
 *
 * @Controller('methods')
 * export class MethodsController {
 *   constructor(private readonly methods: RequestMethods) {}
 *
 *   @Get()
 *   list(): readonly RequestMethodDescription[] {
 *     return this.methods.describe();
 *   }
 * }
 * ```
 */
@Injectable()
export class RequestMethods {
  constructor(private readonly table: MethodTable) {}

  /**
   * The methods by name, also those of lazily loaded modules. Rules of class-validator are read as JSON Schema; the pipes
   * that check them are the application's, so a rule counts only where a `ValidationPipe` stands.
   */
  describe(): readonly RequestMethodDescription[] {
    return this.table
      .list()
      .map(({ method, host, name, callback, builtIn, params: declared }) => {
        const params = declared ?? paramsSchema(host, name);
        const streaming = builtIn ? false : streamingKind(host, name, callback);
        const provider = host.constructor.name;
        return { method, provider, handler: name, builtIn, streaming, ...(params !== undefined && { params }) };
      })
      .toSorted((one, other) => (one.method < other.method ? -1 : 1));
  }
}
