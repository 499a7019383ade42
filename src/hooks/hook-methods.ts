import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, ModulesContainer, Reflector } from '@nestjs/core';
import {
  type FoundProvider,
  type ProviderMethod,
  ProviderScan,
  isSingleton,
  labelOf,
  methodsOf,
} from '../discovery/index.js';
import type { HookEvents, HookKind } from './hook-events.js';
import { hookKey } from './hook.decorators.js';

export interface HookMethod<Event = never> {
  /** For the log, such as `Arrivals.note`. */
  readonly name: string;
  readonly call: (event: Event) => unknown;
}

const KINDS: readonly HookKind[] = ['connect', 'disconnect', 'subscribe', 'unsubscribe'];

/**
 * The hook methods by kind. They are discovered when the application starts; those of a lazily loaded module, at the next
 * call of a hook.
 */
@Injectable()
export class HookMethods implements OnModuleInit {
  private readonly scan: ProviderScan;
  private readonly methods: { readonly [Kind in HookKind]: HookMethod<HookEvents[Kind]>[] } = {
    connect: [],
    disconnect: [],
    subscribe: [],
    unsubscribe: [],
  };

  constructor(
    discovery: DiscoveryService,
    modules: ModulesContainer,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {
    this.scan = new ProviderScan(discovery, modules, (provider) => this.registerAll(provider));
  }

  of<Kind extends HookKind>(kind: Kind): readonly HookMethod<HookEvents[Kind]>[] {
    this.scan.catchUp();
    return this.methods[kind];
  }

  /** @throws Error if the provider of a method is not a singleton */
  onModuleInit(): void {
    this.scan.start();
  }

  private registerAll(provider: FoundProvider): void {
    for (const method of methodsOf(provider.host, this.scanner)) this.register(provider, method);
  }

  private register({ wrapper, host }: FoundProvider, method: ProviderMethod): void {
    for (const kind of KINDS) {
      if (this.reflector.get<true | undefined>(hookKey(kind), method.callback) !== true) continue;
      const name = labelOf(host, method);
      if (!isSingleton(wrapper)) throw scopedError(kind, name);
      this.methods[kind].push({ name, call: (event: unknown) => method.callback.call(host, event) });
    }
  }
}

function scopedError(kind: HookKind, where: string): Error {
  const decorator = `@On${kind.charAt(0).toUpperCase()}${kind.slice(1)}()`;
  return new Error(
    `${decorator} stands on ${where}, a request-scoped or transient provider, of which there is none outside of a request; ` +
      'make it a singleton.',
  );
}
