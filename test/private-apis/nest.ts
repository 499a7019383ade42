import 'reflect-metadata';
import { type INestApplication, Module, UseGuards, ValidationPipe } from '@nestjs/common';
import { GUARDS_METADATA } from '@nestjs/common/constants.js';
import { ExternalContextCreator, NestFactory } from '@nestjs/core';
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

@WebSocketGateway()
class Gateway {
  @UseGuards(Guard)
  @SubscribeMessage('subscribe')
  handle(this: void, @ConnectedSocket() _client: unknown, @MessageBody() body: unknown): unknown {
    return body;
  }
}

async function withApplication(check: (app: INestApplication) => boolean | Promise<boolean>): Promise<boolean> {
  const app = await NestFactory.create(EmptyModule, { logger: false });
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
    (metadata(GUARDS_METADATA, handle) as unknown[])[0] === Guard
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
  {
    name: 'ExternalContextCreator.transformToResult',
    dependency: core,
    holds: () => callsReplaced('transformToResult'),
  },
  { name: 'ExecutionContextHost', dependency: core, holds: isContext },
  { name: 'STATIC_CONTEXT', dependency: core, holds: () => typeof STATIC_CONTEXT.id === 'number' },
  { name: 'ValidationPipe.validatorOptions', dependency: '@nestjs/common', holds: hasPipeOptions },
  { name: 'GATEWAY_METADATA', dependency: '@nestjs/websockets', holds: hasMetadata },
  { name: 'PARAM_ARGS_METADATA', dependency: '@nestjs/websockets', holds: hasParameters },
  {
    name: 'WsAdapter.wsServersRegistry',
    dependency: '@nestjs/platform-ws',
    holds: () => withApplication((app) => new Adapter(app).isAsRelied()),
  },
];
