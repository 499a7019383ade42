import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, ExternalContextCreator, MetadataScanner, ModulesContainer, Reflector } from '@nestjs/core';
import { STATIC_CONTEXT } from '@nestjs/core/injector/constants.js';
import { PARAM_ARGS_METADATA } from '@nestjs/websockets/constants.js';
import type { ClientConnection } from '../../connection/index.js';
import {
  type FoundProvider,
  type ProviderMethod,
  isSingleton,
  labelOf,
  methodsOf,
  providersOf,
} from '../../discovery/index.js';
import type { RunningRequest } from '../run/running-request.js';
import { requestContexts } from './request-contexts.js';
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

type ProviderWrapper = FoundProvider['wrapper'];

/**
 * The `@WsRequest` methods by name. They are discovered when the application starts; those of a lazily loaded module,
 * when one of them is first requested.
 */
@Injectable()
export class RequestMethods implements OnModuleInit {
  private readonly logger = new Logger('SkreaverWs');
  private readonly methods = new Map<string, RequestMethod>();
  private readonly seen = new Set<object>();
  /** The number of modules whose providers have all been scanned. */
  private knownModules = 0;
  private readonly contexts: ExternalContextCreator;

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
    private readonly scoped: ScopedEnhancers,
    private readonly modules: ModulesContainer,
    contexts: ExternalContextCreator,
  ) {
    this.contexts = requestContexts(contexts);
  }

  get(method: string): RequestMethod | undefined {
    // Nest calls no hook when it loads a module lazily.
    if (!this.methods.has(method) && this.modules.size > this.knownModules)
      this.look((error) => this.logger.error(error));
    return this.methods.get(method);
  }

  /** @throws Error if two methods have the same name, or a method's provider is not a singleton */
  onModuleInit(): void {
    this.look((error) => {
      throw error;
    });
  }

  private look(refused: (error: unknown) => void): void {
    const size = this.modules.size;
    let isLoading = false;
    for (const provider of providersOf(this.discovery)) {
      if (this.seen.has(provider.host)) continue;
      if (isBeingMade(provider.wrapper)) {
        isLoading = true;
        continue;
      }
      this.seen.add(provider.host);
      try {
        this.registerAll(provider);
      } catch (error) {
        refused(error);
      }
    }
    if (!isLoading) this.knownModules = size;
  }

  private registerAll(provider: FoundProvider): void {
    for (const method of methodsOf(provider.host, this.scanner)) {
      const mark = this.reflector.get<WsRequestMark | undefined>(WS_REQUEST, method.callback);
      if (mark !== undefined) this.register(provider, method, mark);
    }
  }

  private register({ wrapper, host }: FoundProvider, found: ProviderMethod, mark: WsRequestMark): void {
    const { method, outlivesConnection = false } = mark;
    const where = labelOf(host, found);
    if (this.methods.has(method)) {
      throw new Error(
        `@WsRequest('${method}') stands on ${where} and on another method; a name belongs to one method.`,
      );
    }
    const culprit = scopedEnhancerOf(wrapper);
    if (culprit !== undefined) {
      throw new Error(
        `@WsRequest('${method}') stands on ${where}, whose ${culprit} is request-scoped or transient; make it a singleton, ` +
          'or, if it is one of the whole application, move the method to a provider that is no controller.',
      );
    }
    if (!isSingleton(wrapper)) {
      throw new Error(
        `@WsRequest('${method}') stands on ${where}, a request-scoped or transient provider; make it a singleton.`,
      );
    }
    this.methods.set(method, { run: this.contextOf(host, found), outlivesConnection });
  }

  private contextOf(host: object, { name, callback }: ProviderMethod): RequestMethod['run'] {
    const options = { guards: true, interceptors: true, filters: false };
    return this.scoped.around(
      (contextId) =>
        this.contexts.create(
          host,
          callback,
          name,
          PARAM_ARGS_METADATA,
          requestParameters,
          contextId,
          undefined,
          options,
          'ws',
        ) as RequestMethod['run'],
    );
  }
}

/** Until its module is loaded, a provider's instance is a bare prototype without its dependencies. */
function isBeingMade(wrapper: ProviderWrapper): boolean {
  if (!isSingleton(wrapper)) return false;
  return wrapper.getInstanceByContextId(STATIC_CONTEXT).isResolved !== true;
}

/** The guard, interceptor or pipe that makes Nest instantiate the provider for each request. */
function scopedEnhancerOf(wrapper: ProviderWrapper): string | undefined {
  const scoped = wrapper.getEnhancersMetadata()?.find((each) => !isSingleton(each));
  return scoped && (scoped.metatype?.name ?? String(scoped.name));
}
