import { Logger } from '@nestjs/common';
import type { DiscoveryService, ModulesContainer } from '@nestjs/core';
import { STATIC_CONTEXT } from '@nestjs/core/injector/constants.js';
import { type FoundProvider, type ProviderWrapper, isSingleton, providerOf, wrappersOf } from './provider-methods.js';

/**
 * Finds each provider of the application once, also those of lazily loaded modules, for which Nest calls no hook. A
 * provider with several tokens is one.
 */
export class ProviderScan {
  private readonly logger = new Logger('SkreaverWs');
  private readonly seen = new Set<object>();
  /** Those that are being made. */
  private loading: readonly ProviderWrapper[] = [];
  private knownModules = 0;

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly modules: ModulesContainer,
    private readonly visit: (provider: FoundProvider) => void,
  ) {}

  /** Visits the providers of the start. @throws what the visit throws */
  start(): void {
    for (const provider of this.next()) this.visit(provider);
  }

  /** Visits what has come since. What a visit throws is logged, as the application runs already. */
  catchUp(): void {
    if (!this.isBehind) return;
    for (const provider of this.next()) {
      try {
        this.visit(provider);
      } catch (error) {
        this.logger.error(error);
      }
    }
  }

  /**
   * True if modules were added, or finished loading, since the last scan. Cheap enough to be asked at each message: a
   * module that never finishes costs a look at its own providers, not a scan.
   */
  get isBehind(): boolean {
    return this.modules.size !== this.knownModules || this.loading.some(isMade);
  }

  /** Lists the providers that no scan before has listed. Those whose instances are being made are left for a later one. */
  next(): readonly FoundProvider[] {
    this.knownModules = this.modules.size;
    const wrappers = wrappersOf(this.discovery);
    this.loading = wrappers.filter((wrapper) => !isMade(wrapper));
    return wrappers.filter(isMade).flatMap((wrapper) => {
      const provider = providerOf(wrapper);
      if (provider === undefined || this.seen.has(provider.host)) return [];
      this.seen.add(provider.host);
      return [provider];
    });
  }
}

/** Until its module is loaded, a singleton's instance is missing, or a bare prototype without its dependencies. */
function isMade(wrapper: ProviderWrapper): boolean {
  return !isSingleton(wrapper) || wrapper.getInstanceByContextId(STATIC_CONTEXT).isResolved === true;
}
