import { Injectable, Scope } from '@nestjs/common';
import { ApplicationConfig, type ContextId, ContextIdFactory, ModuleRef } from '@nestjs/core';
import type { ClientConnection } from '../../connection/index.js';

type Wrapper = Pick<
  ReturnType<ApplicationConfig['getGlobalRequestGuards']>[number],
  'scope' | 'metatype' | 'name' | 'token'
>;
type Call<Args extends readonly unknown[], Result> = (connection: ClientConnection, ...args: Args) => Promise<Result>;

/**
 * Request-scoped global guards, interceptors, pipes and filters (`APP_GUARD` …). Nest instantiates them for each HTTP
 * request; here they are instantiated for each message. `REQUEST` injects the connection, as in a request-scoped
 * gateway.
 */
@Injectable()
export class ScopedEnhancers {
  constructor(
    private readonly application: ApplicationConfig,
    private readonly modules: ModuleRef,
  ) {}

  /**
   * @param create makes a Nest context with the enhancers of the id, or with the singletons without an id
   * @throws Error if an enhancer is transient: it belongs to the provider that injects it, and a message is not one
   */
  around<Args extends readonly unknown[], Result>(
    create: (contextId?: ContextId) => Call<Args, Result>,
  ): Call<Args, Result> {
    if (this.wrappers().length === 0) return create();
    return this.anew((connection) => ({ contextId: ContextIdFactory.create(), request: connection }), create);
  }

  /**
   * The same for a method of a request-scoped provider, whose instance is made for each message. If the application has
   * a `ContextIdStrategy`, the strategy gets the connection, and its payload is the `REQUEST` of a durable provider.
   */
  perMessage<Args extends readonly unknown[], Result>(
    isDurable: boolean,
    create: (contextId: ContextId) => Promise<Call<Args, Result>>,
  ): Call<Args, Result> {
    return this.anew((connection) => {
      const contextId = ContextIdFactory.getByRequest(connection);
      return { contextId, request: isDurable ? (contextId.payload ?? connection) : connection };
    }, create);
  }

  private anew<Args extends readonly unknown[], Result>(
    contextOf: (connection: ClientConnection) => { readonly contextId: ContextId; readonly request: unknown },
    create: (contextId: ContextId) => Call<Args, Result> | Promise<Call<Args, Result>>,
  ): Call<Args, Result> {
    const wrappers = this.wrappers();
    return async (connection, ...args) => {
      const { contextId, request } = contextOf(connection);
      this.modules.registerRequestByContextId(request, contextId);
      const resolving = wrappers.map(({ token }) => this.modules.resolve(token as never, contextId, { strict: false }));
      await Promise.all(resolving);
      const call = await create(contextId);
      return call(connection, ...args);
    };
  }

  private wrappers(): readonly Wrapper[] {
    const { application } = this;
    const wrappers: readonly Wrapper[] = [
      ...application.getGlobalRequestGuards(),
      ...application.getGlobalRequestInterceptors(),
      ...application.getGlobalRequestPipes(),
      ...application.getGlobalRequestFilters(),
    ];
    for (const { scope, metatype, name } of wrappers) {
      if (scope !== Scope.TRANSIENT) continue;
      throw new Error(
        `The transient ${metatype?.name ?? String(name)} cannot be asked for messages; make it a singleton.`,
      );
    }
    return wrappers;
  }
}
