import type { ExecutionContext, Type } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';

type WsArguments = ReturnType<ExecutionContext['switchToWs']>;
type HttpArguments = ReturnType<ExecutionContext['switchToHttp']>;

/**
 * The execution context that guards, parameter decorators and filters get. Nest's own allocates three closures at each
 * `switchToWs()`, so two guards and a decorator cost nine. This one returns itself.
 */
export class CallContext extends ExecutionContextHost implements WsArguments {
  /** @param args the client, the data, further arguments of the callee, and the pattern at the end */
  constructor(args: unknown[], type?: Type, handler?: (...args: never[]) => unknown) {
    super(args, type, handler);
    this.setType('ws');
  }

  override switchToWs(): WsArguments {
    return this;
  }

  /**
   * For guards and interceptors made for HTTP. The request is the connection. The response is an empty object: the params,
   * in its place, would be the client's word on what the server keeps there.
   */
  override switchToHttp(): HttpArguments {
    return { getRequest: () => this.getClient(), getResponse: () => ({}) as never, getNext: () => undefined as never };
  }

  /** `never` is assignable to the type that the caller expects. */
  getClient(): never {
    return this.getArgByIndex(0);
  }

  getData(): never {
    return this.getArgByIndex(1);
  }

  getPattern(): string {
    return this.getArgs<unknown[]>().at(-1) as string;
  }
}
