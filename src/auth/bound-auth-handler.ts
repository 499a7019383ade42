import { Inject, Injectable, type OnModuleInit, Optional } from '@nestjs/common';
import { DiscoveryService, ModuleRef } from '@nestjs/core';
import { type ResolvedConfig, SkreaverWsConfig } from '../config/index.js';
import { AuthHandler } from './auth-handler.js';

/** The part of {@link BoundAuthHandler} that its users need. */
export interface AuthHandlerBinding {
  /** `undefined`: the application has none, and every connection is anonymous. */
  readonly handler: AuthHandler | undefined;
}

/**
 * Receives the `AuthHandler` that is visible to this module. Nothing else depends on it, so a request-scoped one
 * spreads no further.
 */
@Injectable()
export class VisibleAuthHandler {
  constructor(@Optional() @Inject(AuthHandler) readonly handler: unknown) {}
}

/**
 * Finds the application's `AuthHandler`. It is absent only where the application has none at all; a mistake stops the
 * start.
 */
@Injectable()
export class BoundAuthHandler implements AuthHandlerBinding, OnModuleInit {
  private binding: AuthHandlerBinding | undefined;

  constructor(
    private readonly modules: ModuleRef,
    private readonly discovery: DiscoveryService,
    @Inject(SkreaverWsConfig) private readonly config: ResolvedConfig,
  ) {}

  /** @throws Error when an `AuthHandler` was meant and is not usable, or a foreign page could act as its reader */
  get handler(): AuthHandler | undefined {
    this.binding ??= this.bind();
    return this.binding.handler;
  }

  onModuleInit(): void {
    this.binding = this.bind();
  }

  private bind(): AuthHandlerBinding {
    const visible = this.visible();
    if (isAuthHandler(visible)) return { handler: this.mustBeSafe(visible) };
    this.mustBeAbsent(visible);
    return { handler: undefined };
  }

  private visible(): unknown {
    try {
      return this.modules.get(VisibleAuthHandler).handler;
    } catch {
      // Nest hands out no instance of what depends on a request.
      throw new Error(requestScoped);
    }
  }

  private mustBeSafe(handler: AuthHandler): AuthHandler {
    const looksAtHandshakes = typeof handler.authenticateHandshake === 'function';
    if (looksAtHandshakes && this.config.allowedOrigins.includes('*')) throw new Error(hijackable);
    return handler;
  }

  private mustBeAbsent(visible: unknown): void {
    const providers = this.discovery.getProviders();
    const bound = providers.find(({ token }) => token === AuthHandler);
    if (bound !== undefined) throw new Error(faultOf(bound, visible));
    const unbound = providers.find(({ instance, metatype }) => isOfAuthHandler(instance, metatype));
    if (unbound !== undefined) throw new Error(notBound(String(unbound.name)));
  }
}

function faultOf(bound: ReturnType<DiscoveryService['getProviders']>[number], visible: unknown): string {
  if (!bound.isDependencyTreeStatic()) return requestScoped;
  const given: unknown = visible ?? bound.instance;
  return isAuthHandler(given) ? unseen : unusable(given);
}

/** By what it does: the class may come from another copy of this package. */
function isAuthHandler(value: unknown): value is AuthHandler {
  const { authenticate, checkPermission } = (value ?? {}) as Partial<AuthHandler>;
  return typeof authenticate === 'function' && typeof checkPermission === 'function';
}

function isOfAuthHandler(instance: unknown, metatype: { readonly prototype?: unknown } | null): boolean {
  return instance instanceof AuthHandler || metatype?.prototype instanceof AuthHandler;
}

const requestScoped =
  'The AuthHandler is request-scoped, or depends on something that is, but connections and messages have no request of ' +
  'Nest. Give it and its dependencies the default scope; what it needs to know of a client is in the handshake that ' +
  'authenticate() gets.';

const hijackable =
  'The AuthHandler has authenticateHandshake(), and allowedOrigins has "*": any web page could connect with the cookies ' +
  'or the certificate of its reader. List the origins of your pages in allowedOrigins.';

const unseen =
  'There is an AuthHandler, but SkreaverWsModule cannot see it, and would take everybody as anonymous. Give it as ' +
  'the option authHandler, or put the module that exports it into the option imports.';

function unusable(given: unknown): string {
  const what = given === undefined || given === null ? `is ${given}` : 'has no authenticate() and checkPermission()';
  return (
    `What is provided as AuthHandler ${what}, and everybody would be taken as anonymous. Let its factory return an ` +
    'AuthHandler, or, if everybody is meant to be anonymous, leave the option authHandler and the provider out.'
  );
}

function notBound(name: string): string {
  return (
    `${name} is an AuthHandler, but nothing is provided as AuthHandler, and everybody would be taken as ` +
    `anonymous. Give SkreaverWsModule the option authHandler: { useClass: ${name} }, or { useExisting } and, ` +
    'in the option imports, the module that exports it.'
  );
}
