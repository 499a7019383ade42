import type { ExecutionContext, Type } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';

type WsArguments = ReturnType<ExecutionContext['switchToWs']>;

/**
 * What guards, parameter decorators and filters see of one call. Nest's own context makes three closures at each switch to
 * the WebSocket's arguments, two guards and a decorator nine; this one is those arguments.
 */
export class CallContext extends ExecutionContextHost implements WsArguments {
  /** @param args the client, the data, whatever else the callee gets, and the pattern at the end */
  constructor(args: unknown[], type: Type, handler: (...args: never[]) => unknown) {
    super(args, type, handler);
    this.setType('ws');
  }

  override switchToWs(): WsArguments {
    return this;
  }

  /** Its type is what the caller says it is. */
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
