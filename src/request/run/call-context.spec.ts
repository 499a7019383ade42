import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { describe, expect, it } from 'vitest';
import { CallContext } from './call-context.js';

class Callee {}
const method = (): void => {};

describe('the context of a call', () => {
  it("returns the same as Nest's own", () => {
    const args = ['client', { n: 1 }, 'pattern'];
    const nest = new ExecutionContextHost(args, Callee, method);
    nest.setType('ws');
    const ours = new CallContext(args, Callee, method);
    const answers = (context: ExecutionContextHost | CallContext): unknown[] => {
      const ws = context.switchToWs();
      const ofWs = [ws.getClient(), ws.getData(), ws.getPattern()];
      const ofHttp = [context.switchToHttp().getRequest()];
      const rpc = context.switchToRpc();
      const ofRpc = [rpc.getData(), rpc.getContext()];
      const own = [context.getType(), context.getClass(), context.getHandler(), context.getArgs()];
      return [...ofWs, ...ofHttp, ...ofRpc, ...own, context.getArgByIndex(1)];
    };
    expect(answers(ours)).toEqual(answers(nest));
  });

  it("has an empty object for the response of HTTP, not the params, which are the client's", () => {
    const http = new CallContext(['client', { locals: { isAdmin: true } }, 'pattern']).switchToHttp();
    expect([http.getResponse(), http.getNext()]).toEqual([{}, undefined]);
  });
});
