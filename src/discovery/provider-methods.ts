import type { DiscoveryService, MetadataScanner } from '@nestjs/core';

export type ProviderWrapper = ReturnType<DiscoveryService['getProviders']>[number];
type Callback = (...args: unknown[]) => unknown;

export interface FoundProvider {
  readonly wrapper: ProviderWrapper;
  /** The instance; of a request-scoped provider, its prototype. */
  readonly host: object;
}

export interface ProviderMethod {
  readonly name: string;
  readonly callback: Callback;
}

/** Lists what Nest makes of the application's providers and controllers. One with several tokens is listed for each. */
export function wrappersOf(discovery: DiscoveryService): readonly ProviderWrapper[] {
  return [...discovery.getProviders(), ...discovery.getControllers()];
}

/** `undefined` for a value that has no methods. */
export function providerOf(wrapper: ProviderWrapper): FoundProvider | undefined {
  const host: unknown = wrapper.instance ?? wrapper.metatype?.prototype;
  return typeof host === 'object' && host !== null ? { wrapper, host } : undefined;
}

/** Lists the methods of an instance, with the inherited ones. */
export function methodsOf(host: object, scanner: MetadataScanner): readonly ProviderMethod[] {
  const prototype: unknown = Object.getPrototypeOf(host);
  if (prototype === null) return [];
  return scanner.getAllMethodNames(prototype as object).flatMap((name) => {
    const callback: unknown = (host as Readonly<Record<string, unknown>>)[name];
    // A field of the instance may shadow the method.
    if (typeof callback !== 'function') return [];
    return [{ name, callback: callback as Callback }];
  });
}

/** Names a method in a message, such as `Arrivals.note`. */
export const labelOf = (host: object, { name }: ProviderMethod): string => `${host.constructor.name}.${name}`;

/** False for a provider that Nest makes for each request or for each that injects it. */
export function isSingleton(wrapper: ProviderWrapper): boolean {
  return wrapper.isDependencyTreeStatic() && !wrapper.isTransient;
}
