import { Injectable, Scope } from '@nestjs/common';
import { ApplicationConfig, type ContextId, ContextIdFactory, ModuleRef } from '@nestjs/core';
import type { ClientConnection } from '../../connection/index.js';

type Wrapper = Pick<
  ReturnType<ApplicationConfig['getGlobalRequestGuards']>[number],
  'scope' | 'metatype' | 'name' | 'token'
>;
type Call<Args extends readonly unknown[], Result> = (connection: ClientConnection, ...args: Args) => Promise<Result>;

/**
 * Request-scoped global guards, interceptors and pipes (`APP_GUARD` …). Nest instantiates them for each HTTP request;
 * here they are instantiated for each message. `REQUEST` injects the connection, as in a request-scoped gateway.
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
    const wrappers = this.wrappers();
    if (wrappers.length === 0) return create();
    for (const { scope, metatype, name } of wrappers) {
      if (scope !== Scope.TRANSIENT) continue;
      throw new Error(
        `The transient ${metatype?.name ?? String(name)} cannot be asked for messages; make it a singleton.`,
      );
    }
    return async (connection, ...args) => create(await this.made(wrappers, connection))(connection, ...args);
  }

  private async made(wrappers: readonly Wrapper[], connection: ClientConnection): Promise<ContextId> {
    const contextId = ContextIdFactory.create();
    this.modules.registerRequestByContextId(connection, contextId);
    await Promise.all(wrappers.map(({ token }) => this.modules.resolve(token as never, contextId, { strict: false })));
    return contextId;
  }

  private wrappers(): readonly Wrapper[] {
    const { application } = this;
    return [
      ...application.getGlobalRequestGuards(),
      ...application.getGlobalRequestInterceptors(),
      ...application.getGlobalRequestPipes(),
    ];
  }
}
