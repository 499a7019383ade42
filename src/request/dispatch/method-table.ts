import { Injectable, type OnModuleInit, type Type } from '@nestjs/common';
import {
  type ContextId,
  DiscoveryService,
  ExternalContextCreator,
  MetadataScanner,
  ModuleRef,
  ModulesContainer,
  Reflector,
} from '@nestjs/core';
import { PARAM_ARGS_METADATA } from '@nestjs/websockets/constants.js';
import type { ClientConnection } from '../../connection/index.js';
import { type FoundProvider, type ProviderMethod, ProviderScan, labelOf, methodsOf } from '../../discovery/index.js';
import { ThrottledLog } from '../../metrics/index.js';
import type { RunningRequest } from '../run/running-request.js';
import type { JsonSchema } from '../validation/json-schema.js';
import { callContexts } from './call-contexts.js';
import { contextsOfModule, requestContexts } from './request-contexts.js';
import { requestParameters } from './request-parameters.js';
import { ScopedEnhancers } from './scoped-enhancers.js';
import { WS_REQUEST, type WsRequestMark } from './ws-request.decorator.js';

export interface RequestMethod {
  /**
   * Runs the method with its guards and pipes. Resolves with the method's result or, if there are interceptors, with
   * the `ObservableResponse` that runs them.
   */
  readonly run: (connection: ClientConnection, params: unknown, running: RunningRequest) => Promise<unknown>;
  readonly outlivesConnection: boolean;
}

/** Where a method is declared. */
export interface DeclaredMethod extends ProviderMethod {
  /** The name on the wire. */
  readonly method: string;
  readonly host: object;
  readonly builtIn: boolean;
  /** Of a built-in method that takes params. */
  readonly params?: JsonSchema;
}

type ProviderWrapper = FoundProvider['wrapper'];

/**
 * The `@WsRequest` methods by name. They are discovered when the application starts; those of a lazily loaded module,
 * when one of them is first requested.
 */
@Injectable()
export class MethodTable implements OnModuleInit {
  private readonly methods = new Map<string, RequestMethod>();
  private readonly declared: DeclaredMethod[] = [];
  private readonly scan: ProviderScan;
  private readonly contexts: ExternalContextCreator;

  constructor(
    discovery: DiscoveryService,
    modules: ModulesContainer,
    contexts: ExternalContextCreator,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
    private readonly scoped: ScopedEnhancers,
    log: ThrottledLog,
  ) {
    this.scan = new ProviderScan(discovery, modules, (provider) => this.registerAll(provider));
    this.contexts = requestContexts(callContexts(contexts, log));
  }

  get(method: string): RequestMethod | undefined {
    if (!this.methods.has(method)) this.scan.catchUp();
    return this.methods.get(method);
  }

  list(): readonly DeclaredMethod[] {
    this.scan.catchUp();
    return this.declared;
  }

  /** @throws Error if two methods have the same name, or a method's provider is transient */
  onModuleInit(): void {
    this.scan.start();
  }

  private registerAll(provider: FoundProvider): void {
    for (const method of methodsOf(provider.host, this.scanner)) {
      const mark = this.reflector.get<WsRequestMark | undefined>(WS_REQUEST, method.callback);
      if (mark !== undefined) this.register(provider, method, mark);
    }
  }

  private register(provider: FoundProvider, found: ProviderMethod, mark: WsRequestMark): void {
    const { method, outlivesConnection = false, builtIn = false, params } = mark;
    const where = labelOf(provider.host, found);
    if (this.methods.has(method)) {
      throw new Error(
        `@WsRequest('${method}') stands on ${where} and on another method; a name belongs to one method.`,
      );
    }
    if (provider.wrapper.isTransient) {
      throw new Error(
        `@WsRequest('${method}') stands on ${where}, a transient provider, which belongs to the provider that injects it; ` +
          'make it a singleton or request-scoped.',
      );
    }
    this.methods.set(method, { run: this.runOf(provider, found), outlivesConnection });
    this.declared.push({ ...found, method, host: provider.host, builtIn, ...(params && { params }) });
  }

  private runOf({ wrapper, host }: FoundProvider, method: ProviderMethod): RequestMethod['run'] {
    const contexts = contextsOfModule(this.contexts, wrapper.host?.token);
    if (wrapper.isDependencyTreeStatic()) {
      return this.scoped.around((contextId) => createContext(contexts, host, method, contextId));
    }
    return this.scoped.perMessage(wrapper.isDependencyTreeDurable(), async (contextId) => {
      const instance = await instanceOf(wrapper, contextId);
      return createContext(contexts, instance, method, contextId, wrapper.id);
    });
  }
}

/** Makes the instance of a request-scoped provider, with the scoped guards, pipes, interceptors and filters of its class. */
function instanceOf(wrapper: ProviderWrapper, contextId: ContextId): Promise<object> {
  const modules = wrapper.host?.getProviderByKey(ModuleRef).instance as ModuleRef;
  return modules.resolve(wrapper.token as Type<object>, contextId, { strict: true });
}

function createContext(
  contexts: ExternalContextCreator,
  instance: object,
  { name, callback }: ProviderMethod,
  contextId?: ContextId,
  inquirerId?: string,
): RequestMethod['run'] {
  const options = { guards: true, interceptors: true, filters: true };
  return contexts.create(
    instance,
    callback,
    name,
    PARAM_ARGS_METADATA,
    requestParameters,
    contextId,
    inquirerId,
    options,
    'ws',
  ) as RequestMethod['run'];
}
