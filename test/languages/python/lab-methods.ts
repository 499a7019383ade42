import { setTimeout } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { MessageBody } from '@nestjs/websockets';
import { WsRequest } from '@skreaver/nestjs-ws';

/** What the tests and the examples of a client in another language call. */
@Injectable()
export class LabMethods {
  /** Requests of `forever` that were given up. */
  aborted = 0;

  @WsRequest('double')
  double(@MessageBody('n') n: number): number {
    return n * 2;
  }

  @WsRequest('forever')
  forever(@MessageBody() _params: unknown): Promise<never> {
    return new Promise(() => {});
  }

  @WsRequest('later')
  async later(@MessageBody('ms') ms: number): Promise<number> {
    await setTimeout(ms);
    return ms;
  }

  @WsRequest('count')
  async *count(@MessageBody('to') to: number): AsyncGenerator<number, { counted: number }> {
    try {
      for (let n = 1; n <= to; n += 1) yield n;
    } finally {
      this.aborted += 1;
    }
    return { counted: to };
  }
}
