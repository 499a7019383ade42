import 'reflect-metadata';
import {
  Catch,
  type INestApplication,
  Module,
  type NestInterceptor,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
  ValidationPipe,
} from '@nestjs/common';
import { FILTER_CATCH_EXCEPTIONS as CAUGHT, GUARDS_METADATA, INTERCEPTORS_METADATA } from '@nestjs/common/constants.js';
import { APP_GUARD, ApplicationConfig, ExternalContextCreator, ModulesContainer, NestFactory } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { STATIC_CONTEXT } from '@nestjs/core/injector/constants.js';
import { WsAdapter } from '@nestjs/platform-ws';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { GATEWAY_METADATA, MESSAGE_METADATA, PARAM_ARGS_METADATA } from '@nestjs/websockets/constants.js';
import { WsParamtype } from '@nestjs/websockets/enums/ws-paramtype.enum.js';
import type { Surface } from './surface.js';

class EmptyModule {}
Module({})(EmptyModule);

class Guard {
  canActivate(): boolean {
    return true;
  }
}

const ownGuard = new Guard();
const interceptor: NestInterceptor = { intercept: (_context, next) => next.handle() };

@Catch(TypeError)
class Filter {
  catch(): void {}
}

@WebSocketGateway()
class Gateway {
  @UseFilters(new Filter())
  @UseGuards(ownGuard)
  @UseInterceptors(interceptor)
  @SubscribeMessage('subscribe')
  handle(this: void, @ConnectedSocket() _client: unknown, @MessageBody() body: unknown): unknown {
    return body;
  }
}

class ScopedModule {}
Module({ providers: [{ provide: APP_GUARD, useClass: Guard, scope: Scope.REQUEST }] })(ScopedModule);

async function withApplication(
  check: (app: INestApplication) => boolean | Promise<boolean>,
  module: new () => object = EmptyModule,
): Promise<boolean> {
  const app = await NestFactory.create(module, { logger: false });
  try {
    return await check(app);
  } finally {
    await app.close();
  }
}

/** Whether a context calls the replacement of a member, as `requestContexts` replaces it. */
function callsReplaced(member: 'createPipesFn' | 'interceptorsConsumer' | 'transformToResult'): Promise<boolean> {
  return withApplication(async (app) => {
    const called: string[] = [];
    const creator = Object.create(app.get(ExternalContextCreator), {
      createPipesFn: { value: () => (called.push('createPipesFn'), null) },
      interceptorsConsumer: {
        value: {
          intercept: (_list: unknown, args: unknown[], _on: unknown, _call: unknown, next: () => Promise<unknown>) => {
            if (args[0] === 'client') called.push('interceptorsConsumer');
            return next();
          },
        },
      },
      transformToResult: { value: (result: unknown) => (called.push('transformToResult'), result) },
    }) as ExternalContextCreator;
    const gateway = new Gateway();
    const handle = creator.create(gateway, gateway.handle, 'handle', PARAM_ARGS_METADATA, {
      getCustomFactory: () => () => undefined,
      exchangeKeyForValue: () => undefined,
    } as never);
    await handle('client', 'data');
    return called.includes(member);
  });
}

/** Whether the function of the guards asks those that it is given, on the context of the replaced consumers. */
function makesGuards(): Promise<boolean> {
  return withApplication(async (app) => {
    const contexts = app.get(ExternalContextCreator);
    const asked: unknown[] = [];
    const replaced = (consumer: object) => ({
      value: Object.create(consumer, { createContext: { value: () => ({ setType: () => asked.push('context') }) } }),
    });
    const creator = Object.create(contexts, {
      createGuardsFn: {
        value(this: ExternalContextCreator, guards: object[], ...rest: [object, () => void]) {
          const all = guards.map(() => ({ canActivate: () => asked.push('guard') > 0 }));
          return contexts.createGuardsFn.call(this, all, ...rest);
        },
      },
      guardsConsumer: replaced(contexts['guardsConsumer'] as object),
      interceptorsConsumer: replaced(contexts['interceptorsConsumer'] as object),
    }) as ExternalContextCreator;
    const gateway = new Gateway();
    await creator.create(gateway, gateway.handle, 'handle')('client', 'data');
    return asked.join(' ') === 'context guard context';
  });
}

/** Whether a context hands its filters, each with a function and the types that it catches, to the replaced proxy. */
function handsOverFilters(): Promise<boolean> {
  return withApplication((app) => {
    let handed: readonly { func: unknown; exceptionMetatypes: unknown }[] = [];
    const createProxy = (target: unknown, handler: { filters: typeof handed }): unknown => (
      (handed = handler.filters),
      target
    );
    const creator = Object.create(app.get(ExternalContextCreator), {
      externalErrorProxy: { value: { createProxy } },
    }) as ExternalContextCreator;
    const gateway = new Gateway();
    creator.create(gateway, gateway.handle, 'handle');
    const [filter] = handed;
    return typeof filter?.func === 'function' && filter.exceptionMetatypes === metadata(CAUGHT, Filter);
  });
}

/** Whether a context asks the replaced function for the module of an instance that no module provides. */
function looksUpModule(): Promise<boolean> {
  return withApplication((app) => {
    const asked: unknown[] = [];
    const creator = Object.create(app.get(ExternalContextCreator), {
      getContextModuleKey: { value: (type: unknown) => (asked.push(type), '') },
    }) as ExternalContextCreator;
    const gateway = new Gateway();
    creator.create(gateway, gateway.handle, 'handle');
    return asked[0] === Gateway;
  });
}

/** Whether a context fills in the parameters by their metadata, and calls the method. */
function isCreated(): Promise<boolean> {
  return withApplication(async (app) => {
    const types: unknown[] = [];
    const gateway = new Gateway();
    const parameters = {
      exchangeKeyForValue: (type: number, _data: unknown, args: unknown[]) => (
        types.push(type),
        args[type % 2 === 0 ? 0 : 1]
      ),
    };
    const options = { guards: true, interceptors: true, filters: false };
    const handle = app
      .get(ExternalContextCreator)
      .create(
        gateway,
        gateway.handle,
        'handle',
        PARAM_ARGS_METADATA,
        parameters,
        STATIC_CONTEXT,
        undefined,
        options,
        'ws',
      ) as (...args: unknown[]) => Promise<unknown>;
    await handle('client', 'data');
    return types.includes(WsParamtype.SOCKET) && types.includes(WsParamtype.PAYLOAD);
  });
}

/** Whether the wrapper of a singleton tells by this key that its instance is made. */
function isStaticContext(): Promise<boolean> {
  return withApplication((app) => {
    const wrappers = [...app.get(ModulesContainer).values()].flatMap(({ providers }) => [...providers.values()]);
    const wrapper = wrappers.find(({ token }) => token === EmptyModule);
    return wrapper?.getInstanceByContextId(STATIC_CONTEXT).isResolved === true;
  });
}

/** Whether guards that a request-scoped `APP_GUARD` makes are listed apart from those of the application. */
function hasRequestEnhancers(): Promise<boolean> {
  return withApplication((app) => {
    const config = app.get(ApplicationConfig);
    const others = [config.getGlobalRequestInterceptors(), config.getGlobalRequestPipes(), config.getGlobalGuards()];
    const [guard] = config.getGlobalRequestGuards();
    return guard?.metatype === Guard && others.every(({ length }) => length === 0);
  }, ScopedModule);
}

function isContext(): boolean {
  const context = new ExecutionContextHost(['client', 'data'], Gateway, Gateway.prototype.handle);
  context.setType('ws');
  return context.getType() === 'ws' && context.getArgByIndex(1) === 'data' && context.getClass() === Gateway;
}

const metadata = (key: string, target: object): unknown => Reflect.getMetadata(key, target) as unknown;

function hasMetadata(): boolean {
  const { handle } = Gateway.prototype;
  return (
    metadata(GATEWAY_METADATA, Gateway) === true &&
    metadata(MESSAGE_METADATA, handle) === 'subscribe' &&
    (metadata(GUARDS_METADATA, handle) as unknown[])[0] === ownGuard &&
    (metadata(INTERCEPTORS_METADATA, handle) as unknown[])[0] === interceptor
  );
}

function hasParameters(): boolean {
  const parameters = Reflect.getMetadata(PARAM_ARGS_METADATA, Gateway, 'handle') as object;
  const keys = [`${WsParamtype.SOCKET}:0`, `${WsParamtype.PAYLOAD}:1`];
  return keys.every((key) => Object.hasOwn(parameters, key));
}

function hasPipeOptions(): boolean {
  const pipe = new ValidationPipe({ transform: true, whitelist: true }) as unknown as Record<string, unknown>;
  return (
    pipe['isTransformEnabled'] === true &&
    (pipe['validatorOptions'] as Record<string, unknown>)['whitelist'] === true &&
    ['validateCustomDecorators', 'expectedType', 'transformOptions'].every((option) => option in pipe)
  );
}

class Adapter extends WsAdapter {
  isAsRelied(): boolean {
    const registries = [this.httpServersRegistry, this.wsServersRegistry];
    return registries.every((each) => each instanceof Map) && typeof this.ensureHttpServerExists === 'function';
  }
}

const core = '@nestjs/core';

export const nestSurfaces: readonly Surface[] = [
  { name: 'ExternalContextCreator.createPipesFn', dependency: core, holds: () => callsReplaced('createPipesFn') },
  {
    name: 'ExternalContextCreator.interceptorsConsumer',
    dependency: core,
    holds: () => callsReplaced('interceptorsConsumer'),
  },
  { name: 'ExternalContextCreator.guardsConsumer', dependency: core, holds: makesGuards },
  {
    name: 'ExternalContextCreator.transformToResult',
    dependency: core,
    holds: () => callsReplaced('transformToResult'),
  },
  { name: 'ExternalContextCreator.externalErrorProxy', dependency: core, holds: handsOverFilters },
  { name: 'ExternalContextCreator.getContextModuleKey', dependency: core, holds: looksUpModule },
  { name: 'ExternalContextCreator.create', dependency: core, holds: isCreated },
  { name: 'ApplicationConfig.getGlobalRequestGuards', dependency: core, holds: hasRequestEnhancers },
  { name: 'ExecutionContextHost', dependency: core, holds: isContext },
  { name: 'STATIC_CONTEXT', dependency: core, holds: isStaticContext },
  { name: 'ValidationPipe.validatorOptions', dependency: '@nestjs/common', holds: hasPipeOptions },
  { name: 'GUARDS_METADATA', dependency: '@nestjs/common', holds: hasMetadata },
  { name: 'INTERCEPTORS_METADATA', dependency: '@nestjs/common', holds: hasMetadata },
  { name: 'GATEWAY_METADATA', dependency: '@nestjs/websockets', holds: hasMetadata },
  { name: 'MESSAGE_METADATA', dependency: '@nestjs/websockets', holds: hasMetadata },
  { name: 'PARAM_ARGS_METADATA', dependency: '@nestjs/websockets', holds: hasParameters },
  { name: 'WsParamtype', dependency: '@nestjs/websockets', holds: hasParameters },
  {
    name: 'WsAdapter.wsServersRegistry',
    dependency: '@nestjs/platform-ws',
    holds: () => withApplication((app) => new Adapter(app).isAsRelied()),
  },
];
