import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import type { HookEvents, HookKind } from './hook-events.js';
import { hookKey } from './hook.decorators.js';

export interface HookMethod<Event = never> {
  /** For the log, such as `Arrivals.note`. */
  readonly name: string;
  readonly call: (event: Event) => unknown;
}

type ProviderWrapper = ReturnType<DiscoveryService['getProviders']>[number];
type Callback = (event: unknown) => unknown;
type Host = Readonly<Record<string, unknown>>;

const KINDS: readonly HookKind[] = ['connect', 'disconnect', 'subscribe', 'unsubscribe'];

/** The hook methods by kind. They are discovered when the application starts. */
@Injectable()
export class HookMethods implements OnModuleInit {
  private readonly methods: { readonly [Kind in HookKind]: HookMethod<HookEvents[Kind]>[] } = {
    connect: [],
    disconnect: [],
    subscribe: [],
    unsubscribe: [],
  };

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {}

  of<Kind extends HookKind>(kind: Kind): readonly HookMethod<HookEvents[Kind]>[] {
    return this.methods[kind];
  }

  /** @throws Error if the provider of a method is not a singleton */
  onModuleInit(): void {
    const seen = new Set<object>();
    for (const wrapper of [...this.discovery.getProviders(), ...this.discovery.getControllers()]) {
      const host: unknown = wrapper.instance ?? wrapper.metatype?.prototype;
      // A provider with several tokens is found several times.
      if (typeof host !== 'object' || host === null || seen.has(host)) continue;
      seen.add(host);
      this.registerAll(wrapper, host as Host);
    }
  }

  private registerAll(wrapper: ProviderWrapper, host: Host): void {
    const prototype: unknown = Object.getPrototypeOf(host);
    if (prototype === null) return;
    for (const name of this.scanner.getAllMethodNames(prototype as object)) {
      const callback: unknown = host[name];
      // A field of the instance may shadow the method.
      if (typeof callback !== 'function') continue;
      for (const kind of KINDS) {
        if (this.reflector.get<true | undefined>(hookKey(kind), callback as Callback) !== true) continue;
        assertSingleton(wrapper, kind, `${host.constructor.name}.${name}`);
        const call: Callback = (event) => (callback as Callback).call(host, event);
        this.methods[kind].push({ name: `${host.constructor.name}.${name}`, call });
      }
    }
  }
}

function assertSingleton(wrapper: ProviderWrapper, kind: HookKind, where: string): void {
  if (wrapper.isDependencyTreeStatic() && !wrapper.isTransient) return;
  const decorator = `@On${kind.charAt(0).toUpperCase()}${kind.slice(1)}()`;
  throw new Error(
    `${decorator} stands on ${where}, a request-scoped or transient provider, of which there is none outside of a request; ` +
      'make it a singleton.',
  );
}
