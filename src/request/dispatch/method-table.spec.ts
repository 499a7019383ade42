import 'reflect-metadata';
import { type CanActivate, Controller, Injectable, type Provider, Scope, type Type, UseGuards } from '@nestjs/common';
import { DiscoveryModule, MetadataScanner } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import { serviceRig } from '../../../test/support/service-rig.js';
import { ThrottledLog } from '../../metrics/index.js';
import { nodeProviders } from '../../node/index.js';
import { MethodTable } from './method-table.js';
import type { RunningRequest } from '../run/running-request.js';
import { ScopedEnhancers } from './scoped-enhancers.js';
import { WsRequest } from './ws-request.decorator.js';

@Injectable()
class Greeter {
  private readonly greeting = 'hello';
  @WsRequest('greet')
  greet(): string {
    return this.greeting;
  }
}

@Injectable()
class Rude {
  @WsRequest('greet')
  answer(): string {
    return 'go away';
  }
}

const started = async (providers: Provider[], controllers: Type[] = []): Promise<MethodTable> => {
  const module = await Test.createTestingModule({
    imports: [DiscoveryModule],
    providers: [MetadataScanner, ...nodeProviders, ThrottledLog, ScopedEnhancers, MethodTable, ...providers],
    controllers,
  }).compile();
  await module.init();
  return module.get(MethodTable);
};

const { requests: all, connect } = serviceRig();
const { connection } = connect('alice');
const requests = all.of(connection);
const begin = (): RunningRequest => requests.begin({ type: 'request', data: { method: 'any' } }, false);
const running = begin();

describe('MethodTable', () => {
  it('finds a method on a provider and runs it on the instance', async () => {
    const methods = await started([Greeter]);
    expect(await methods.get('greet')?.run(connection, {}, running)).toBe('hello');
    expect(methods.get('toString')).toBeUndefined();
  });

  it('passes the connection and the params to an undecorated method', async () => {
    @Injectable()
    class Echo {
      @WsRequest('echo')
      echo(...given: unknown[]): unknown[] {
        return given;
      }
    }
    const methods = await started([Echo]);
    const given = (await methods.get('echo')?.run(connection, { n: 1 }, running)) as unknown[];
    expect(given[0]).toBe(connection);
    expect(given[1]).toEqual({ n: 1 });
  });

  it('finds methods of a base class and on a controller', async () => {
    @Controller()
    class Door extends Greeter {}
    expect((await started([], [Door])).get('greet')).toBeDefined();
  });

  it('stops the start if two methods have one name', async () => {
    await expect(started([Greeter, Rude])).rejects.toThrow("@WsRequest('greet') stands on Rude.answer and on another");
  });

  it('accepts one instance under two tokens', async () => {
    expect((await started([Greeter, { provide: 'alias', useExisting: Greeter }])).get('greet')).toBeDefined();
  });

  it('stops the start if a transient provider has a method', async () => {
    @Injectable({ scope: Scope.TRANSIENT })
    class PerInjector {
      @WsRequest('transient')
      transient(): void {}
    }
    await expect(started([PerInjector])).rejects.toThrow(
      "@WsRequest('transient') stands on PerInjector.transient, a transient provider",
    );
  });

  it('ignores values of every kind, and methods that a field shadows', async () => {
    const hidden = Object.assign(new Rude(), { answer: 'a text' });
    const values = [null, 7, 'text', Object.create(null), [], hidden];
    const methods = await started([Greeter, ...values.map((useValue, at) => ({ provide: `value ${at}`, useValue }))]);
    expect(await methods.get('greet')?.run(connection, {}, running)).toBe('hello');
  });

  it('does not call the method of a request that is over before its guards are done', async () => {
    let finish = (): void => {};
    let called = false;
    class Slow implements CanActivate {
      async canActivate(): Promise<boolean> {
        await new Promise<void>((resolve) => (finish = resolve));
        return true;
      }
    }
    @Injectable()
    class Guarded {
      @UseGuards(Slow)
      @WsRequest('guarded')
      guarded(): void {
        called = true;
      }
    }
    const methods = await started([Guarded]);
    const late = begin();
    const outcome = methods.get('guarded')?.run(connection, {}, late);
    late.cancel();
    finish();
    await outcome;
    expect(called).toBe(false);
  });
});
