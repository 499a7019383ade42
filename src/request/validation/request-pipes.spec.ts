import 'reflect-metadata';
import { Injectable, type PipeTransform, UsePipes, createParamDecorator } from '@nestjs/common';
import { DiscoveryModule, MetadataScanner } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { ConnectedSocket, MessageBody } from '@nestjs/websockets';
import { describe, expect, it } from 'vitest';
import { expectNoProcessFaults } from '../../../test/support/process-faults.js';
import { serviceRig } from '../../../test/support/service-rig.js';
import { ThrottledLog } from '../../metrics/index.js';
import { nodeProviders } from '../../node/index.js';
import { MethodTable } from '../dispatch/method-table.js';
import { ScopedEnhancers } from '../dispatch/scoped-enhancers.js';
import { WsRequest } from '../dispatch/ws-request.decorator.js';

const Later = createParamDecorator((data: unknown) => Promise.resolve(data));
const Now = createParamDecorator((data: unknown) => data);

/** Records each call, and returns the value with its name. */
class Noting implements PipeTransform {
  readonly asked: unknown[] = [];
  constructor(
    private readonly name: string,
    private readonly isAsync = false,
  ) {}
  transform(value: unknown, { type, data, metatype }: Parameters<PipeTransform['transform']>[1]): unknown {
    this.asked.push([value, type, data, metatype]);
    const result = typeof value === 'string' ? `${value} ${this.name}` : value;
    return this.isAsync ? Promise.resolve(result) : result;
  }
}

const refuse = (): never => {
  throw new Error('no');
};
const refuseLater = async (): Promise<never> => refuse();
const noting = new Noting('method');

@Injectable()
class Methods {
  @WsRequest('all')
  @UsePipes(noting)
  all(
    @MessageBody() params: object,
    @ConnectedSocket() connection: unknown,
    @Now('now') now: string,
    @Later('later') later: string,
    @MessageBody('text', new Noting('late', true), new Noting('last')) text: string,
  ): unknown[] {
    return [params, connection, now, later, text];
  }

  @WsRequest('quick')
  @UsePipes(new Noting('a'))
  quick(@MessageBody('text', new Noting('b')) text: string): string {
    return text;
  }

  @WsRequest('refuses twice')
  refusesTwice(
    @Later('x', { transform: refuseLater }) later: unknown,
    @Now('x', { transform: refuse }) now: unknown,
  ): unknown[] {
    return [later, now];
  }

  @WsRequest('refuses')
  refuses(@MessageBody({ transform: refuseLater }) params: unknown): unknown {
    return params;
  }
}

const { requests, connect } = serviceRig();
const { connection } = connect('alice');
const running = requests.of(connection).begin({ type: 'request', data: { method: 'any' } }, false);

async function run(method: string, params: unknown): Promise<unknown> {
  const module = await Test.createTestingModule({
    imports: [DiscoveryModule],
    providers: [MetadataScanner, ...nodeProviders, ThrottledLog, ScopedEnhancers, MethodTable, Methods],
  }).compile();
  await module.init();
  return module.get(MethodTable).get(method)?.run(connection, params, running);
}

describe('the pipes of a request', () => {
  it('run over every parameter, those of the method before those of the parameter, and await each other', async () => {
    const params = { text: 'text' };
    const given = await run('all', params);
    expect(given).toEqual([params, connection, 'now method', 'later method', 'text method late last']);
    expect((given as unknown[])[1]).toBe(connection);
    expect(noting.asked).toEqual(
      expect.arrayContaining([
        [params, 'body', undefined, Object],
        [connection, 'custom', undefined, Object],
        ['now', 'custom', 'now', String],
        ['later', 'custom', 'later', String],
        ['text', 'body', 'text', String],
      ]),
    );
  });

  it('run one after the other synchronously if none is asynchronous', async () => {
    expect(await run('quick', { text: 'text' })).toBe('text a b');
  });

  it('prevent the method by throwing', async () => {
    await expect(run('refuses', 1)).rejects.toThrow('no');
  });

  it('may throw synchronously and later without an unhandled rejection', async () => {
    expectNoProcessFaults();
    await expect(run('refuses twice', 1)).rejects.toThrow('no');
    await new Promise((resolve) => setImmediate(resolve));
  });
});
