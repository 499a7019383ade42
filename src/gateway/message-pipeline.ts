import { type CanActivate, Injectable, type OnModuleInit, type Type } from '@nestjs/common';
import { GUARDS_METADATA } from '@nestjs/common/constants.js';
import { ApplicationConfig, ExternalContextCreator, MetadataScanner, ModuleRef, Reflector } from '@nestjs/core';
import { MESSAGE_METADATA, PARAM_ARGS_METADATA } from '@nestjs/websockets/constants.js';
import { type ClientMessage, type ClientMessageType, WsErrorCode, WsMessageType } from '@skreaver/protocol';
import { EmptyError } from 'rxjs';
import { type ClientConnection, WsError } from '../connection/index.js';
import { ThrottledLog } from '../metrics/index.js';
import { CallContext, ScopedEnhancers, callContexts, isSurrounded } from '../request/index.js';
import { SkreaverWsGateway } from './skreaver-ws.gateway.js';
import { WsErrorFilter } from './ws-error.filter.js';

type Method = (connection: ClientConnection, message: ClientMessage) => Promise<void> | undefined;

interface Step {
  readonly method: Method;
  readonly run: (
    context: CallContext,
    connection: ClientConnection,
    message: ClientMessage,
  ) => Promise<void> | undefined;
}

/**
 * Passes a message through the gateway: guards, method, and the filter for what they throw. The gateway's own guards
 * answer at once, so a message costs a promise only where its method does. Nest's contexts would cost nine promises
 * more; they are used only where the application has global guards or interceptors, which then apply to the gateway's
 * methods too. A request has them once: around its `@WsRequest` method, not around its message.
 */
@Injectable()
export class MessagePipeline implements OnModuleInit {
  private readonly steps = new Map<ClientMessageType, Step>();
  private readonly contexts: ExternalContextCreator;

  constructor(
    private readonly gateway: SkreaverWsGateway,
    private readonly filter: WsErrorFilter,
    private readonly application: ApplicationConfig,
    contexts: ExternalContextCreator,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
    private readonly modules: ModuleRef,
    private readonly scoped: ScopedEnhancers,
    log: ThrottledLog,
  ) {
    this.contexts = callContexts(contexts, log);
  }

  onModuleInit(): void {
    const viaNest = isSurrounded(this.application);
    for (const name of this.scanner.getAllMethodNames(SkreaverWsGateway.prototype)) {
      const method = this.gateway[name as keyof SkreaverWsGateway] as Method;
      const type = this.reflector.get<ClientMessageType | undefined>(MESSAGE_METADATA, method);
      if (type === undefined) continue;
      const isRequest = type === WsMessageType.Request;
      this.steps.set(type, viaNest && !isRequest ? this.nestStep(method, name) : this.straightStep(method));
    }
  }

  /** Runs the guards and the method. {@link fail} answers what they throw or reject with. */
  handle(connection: ClientConnection, message: ClientMessage): Promise<void> | undefined {
    const step = this.steps.get(message.type);
    if (step === undefined) throw new Error(`The gateway has no method for the message type "${message.type}".`);
    return step.run(contextOf(connection, message, step.method), connection, message);
  }

  fail(connection: ClientConnection, message: ClientMessage, error: unknown): void {
    // An interceptor suppressed the result, which nothing uses: the method sends its answer itself.
    if (error instanceof EmptyError) return;
    const method = this.steps.get(message.type)?.method ?? noMethod;
    this.filter.answer(error, contextOf(connection, message, method));
  }

  private straightStep(method: Method): Step {
    const guards = this.reflector
      .getAllAndMerge<Type<CanActivate>[]>(GUARDS_METADATA, [SkreaverWsGateway, method])
      .map((guard) => this.modules.get(guard));
    return {
      method,
      run: (context, connection, message) => {
        for (const guard of guards) {
          if (guard.canActivate(context) !== true) throw new WsError(WsErrorCode.PermissionDenied);
        }
        return method.call(this.gateway, connection, message);
      },
    };
  }

  private nestStep(method: Method, name: string): Step {
    const options = { guards: true, interceptors: true, filters: false };
    const context = this.scoped.around(
      (contextId) =>
        this.contexts.create(
          this.gateway,
          method as (...args: unknown[]) => unknown,
          name,
          PARAM_ARGS_METADATA,
          undefined,
          contextId,
          undefined,
          options,
          'ws',
        ) as (connection: ClientConnection, message: ClientMessage, type: ClientMessageType) => Promise<void>,
    );
    return { method, run: (_context, connection, message) => context(connection, message, message.type) };
  }
}

const noMethod: Method = () => undefined;

function contextOf(connection: ClientConnection, message: ClientMessage, method: Method): CallContext {
  return new CallContext([connection, message, message.type], SkreaverWsGateway, method);
}
