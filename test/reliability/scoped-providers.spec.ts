import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Inject,
  Injectable,
  Scope,
  UseFilters,
  UseGuards,
  UsePipes,
  ValidationPipe,
} from '@nestjs/common';
import { APP_GUARD, type ContextId, ContextIdFactory, type HostComponentInfo, REQUEST } from '@nestjs/core';
import { ConnectedSocket, MessageBody } from '@nestjs/websockets';
import { type Connection, OnConnect, WsError, WsErrorCode, WsRequest } from '@skreaver/nestjs-ws';
import { IsString } from 'class-validator';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startApp, testAuth } from '../support/test-app.js';

let made: object[] = [];

@Injectable({ scope: Scope.REQUEST })
class Cart {
  readonly things: string[] = [];
  constructor(@Inject(REQUEST) readonly connection: Connection) {
    made.push(this);
  }
}

class Put {
  @IsString()
  thing!: string;
}

@Injectable()
class Shop {
  constructor(private readonly cart: Cart) {}

  @UsePipes(new ValidationPipe({ transform: true }))
  @WsRequest('put')
  put(@MessageBody() { thing }: Put, @ConnectedSocket() connection: Connection): unknown {
    this.cart.things.push(thing);
    return { things: this.cart.things, isMine: this.cart.connection === connection };
  }

  @WsRequest('stream')
  async *stream(): AsyncGenerator<string, number> {
    yield this.cart.connection.id;
    return this.cart.things.push('one');
  }

  @WsRequest('fail')
  fail(): never {
    throw new WsError(WsErrorCode.InvalidParams, 'Empty.');
  }
}

const success = (result: unknown) => ({ status: 'success', result });

describe('a @WsRequest method of a provider that depends on a request-scoped one', () => {
  it('runs on a fresh instance for each message, with the connection as REQUEST', async () => {
    const client = await (await startApp({}, { providers: [Cart, Shop] })).connect();
    made = [];
    for (const thing of ['tea', 'milk']) {
      expect((await client.request('put', { thing })).data).toEqual(success({ things: [thing], isMine: true }));
    }
    expect((await client.request('put', { thing: 7 })).data).toMatchObject({ error: { code: 'INVALID_PARAMS' } });
    expect((await client.request('fail')).data).toMatchObject({ error: { message: 'Empty.' } });
    expect(new Set(made).size).toBe(4);
  });

  it('streams', async () => {
    const app = await startApp({}, { providers: [Cart, Shop] });
    const client = await app.connect();
    client.send({ type: 'request', data: { method: 'stream' } });
    expect((await client.next('response')).data).toMatchObject({ result: app.registry.list()[0]?.id });
    expect((await client.next('response')).data).toEqual(success(1));
  });

  it('leaves its instance to the garbage collector', async () => {
    const client = await (await startApp({}, { providers: [Cart, Shop] })).connect();
    // Nest keeps the instance of the first call, for the metadata of the method.
    await client.request('put', { thing: 'first' });
    made = [];
    await client.request('put', { thing: 'second' });
    const [cart] = made.splice(0).map((each) => new WeakRef(each));
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    await expect
      .poll(() => {
        collect();
        return cart?.deref() === undefined;
      })
      .toBe(true);
  });

  it('answers with INTERNAL_ERROR when its instance cannot be made', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Broken {
      constructor() {
        throw new Error('no database');
      }
      @WsRequest('broken')
      broken(): void {}
    }
    const app = await startApp({}, { providers: [Broken] });
    const client = await app.connect();
    expect((await client.request('broken')).data).toMatchObject({ error: { code: 'INTERNAL_ERROR' } });
    expect(JSON.stringify(app.log.of('handler failed'))).toContain('no database');
    expect((await client.request('subscriptions')).data.status).toBe('success');
  });

  it('shares its instance with a request-scoped guard of the application', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Fill implements CanActivate {
      constructor(private readonly cart: Cart) {}
      canActivate(): boolean {
        this.cart.things.push('gift');
        return true;
      }
    }
    const providers = [Cart, Shop, { provide: APP_GUARD, scope: Scope.REQUEST, useClass: Fill }];
    const client = await (await startApp({}, { providers })).connect();
    const answer = success({ things: ['gift', 'tea'], isMine: true });
    expect((await client.request('put', { thing: 'tea' })).data).toEqual(answer);
  });
});

describe('a scoped guard of one method', () => {
  @Injectable()
  class Rules {
    readonly word = 'please';
  }

  const guardOf = (scope: Scope) => {
    @Injectable({ scope })
    class Polite implements CanActivate {
      constructor(private readonly rules: Rules) {}
      canActivate(context: ExecutionContext): boolean {
        return context.switchToWs().getData() === this.rules.word;
      }
    }
    return Polite;
  };

  it.each([
    ['provider', Scope.REQUEST],
    ['provider', Scope.DEFAULT],
    ['controller', Scope.REQUEST],
    ['controller', Scope.DEFAULT],
  ] as const)('of a %s is made and asked (scope %s)', async (kind, scope) => {
    @Controller()
    class Guarded {
      @UseGuards(guardOf(scope))
      @WsRequest('guarded')
      guarded(): string {
        return 'secret';
      }
    }
    const metadata =
      kind === 'provider' ? { providers: [Rules, Guarded] } : { providers: [Rules], controllers: [Guarded] };
    const client = await (await startApp({}, metadata)).connect();
    expect((await client.request('guarded', 'rude')).data).toMatchObject({ error: { code: 'PERMISSION_DENIED' } });
    expect((await client.request('guarded', 'please')).data).toEqual(success('secret'));
  });

  it('may be a filter, which is made too', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Answer {
      constructor(private readonly cart: Cart) {}
      catch(): string {
        return this.cart.connection.id;
      }
    }
    @Injectable()
    class Failing {
      @UseFilters(Answer)
      @WsRequest('failing')
      failing(): never {
        throw new Error('secret');
      }
    }
    const app = await startApp({}, { providers: [Cart, Failing] });
    const client = await app.connect();
    expect((await client.request('failing')).data).toEqual(success(app.registry.list()[0]?.id));
  });
});

describe('a durable provider', () => {
  it('is made once for each sub-tree of the strategy, with its payload as REQUEST', async () => {
    const trees = new Map<string, ContextId>();
    const strategy = {
      attach: (contextId: ContextId, connection: Connection) => {
        const tenant = connection.identity?.userId.split('-')[0] ?? '';
        const tree = trees.get(tenant) ?? ContextIdFactory.create();
        trees.set(tenant, tree);
        return {
          resolve: (info: HostComponentInfo) => (info.isTreeDurable ? tree : contextId),
          payload: { tenant },
        };
      },
    };
    ContextIdFactory.apply(strategy);
    onTestFinished(() => ContextIdFactory.apply(undefined as never));
    const tenants: string[] = [];
    @Injectable({ scope: Scope.REQUEST, durable: true })
    class Tenant {
      constructor(@Inject(REQUEST) readonly payload: { tenant: string }) {
        tenants.push(payload.tenant);
      }
      @WsRequest('tenant')
      tenant(): string {
        return this.payload.tenant;
      }
    }
    const app = await startApp(testAuth, { providers: [Tenant] });
    for (const [user, tenant] of [
      ['acme-alice', 'acme'],
      ['acme-bob', 'acme'],
      ['other-carol', 'other'],
    ] as const) {
      const client = await app.connect(`?token=token-${user}`);
      expect((await client.request('tenant')).data).toEqual(success(tenant));
      expect((await client.request('tenant')).data).toEqual(success(tenant));
    }
    expect(tenants).toEqual(['acme', 'other']);
  });
});

describe('a hook on a request-scoped provider', () => {
  it('makes the application refuse to start, with a sentence that names it', async () => {
    @Injectable()
    class Arrivals {
      constructor(readonly cart: Cart) {}
      @OnConnect()
      note(): void {}
    }
    await expect(startApp({}, { providers: [Cart, Arrivals] })).rejects.toThrow(
      '@OnConnect() stands on Arrivals.note, a request-scoped or transient provider',
    );
  });
});
