import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, ExternalContextCreator, MetadataScanner, Reflector } from '@nestjs/core';
import { PARAM_ARGS_METADATA } from '@nestjs/websockets/constants.js';
import type { Connection } from '../connection/index.js';
import { requestParameters } from './request-parameters.js';
import { createPipesFn } from './request-pipes.js';
import { WS_REQUEST } from './ws-request.decorator.js';

/** Runs a method with its guards, pipes and interceptors. */
export type RequestMethod = (connection: Connection, params: unknown) => Promise<unknown>;

type ProviderWrapper = ReturnType<DiscoveryService['getProviders']>[number];
type Callback = (...args: unknown[]) => unknown;
type Host = Readonly<Record<string, unknown>>;

/** Finds every `@WsRequest` method of the application when it starts. */
@Injectable()
export class RequestMethods implements OnModuleInit {
  private readonly methods = new Map<string, RequestMethod>();
  private readonly contexts: ExternalContextCreator;

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
    contexts: ExternalContextCreator,
  ) {
    this.contexts = Object.create(contexts, { createPipesFn: { value: createPipesFn } }) as ExternalContextCreator;
  }

  get(method: string): RequestMethod | undefined {
    return this.methods.get(method);
  }

  /** @throws Error when two methods have one name, or one sits on a provider that is no singleton */
  onModuleInit(): void {
    const seen = new Set<object>();
    for (const wrapper of [...this.discovery.getProviders(), ...this.discovery.getControllers()]) {
      const host: unknown = wrapper.instance ?? wrapper.metatype?.prototype;
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
      // A field of the instance may hide the method.
      if (typeof callback !== 'function') continue;
      const method = this.reflector.get<string | undefined>(WS_REQUEST, callback as Callback);
      if (method !== undefined) this.register(wrapper, host, name, callback as Callback, method);
    }
  }

  private register(wrapper: ProviderWrapper, host: Host, name: string, callback: Callback, method: string): void {
    const where = `${host.constructor.name}.${name}`;
    if (this.methods.has(method)) {
      throw new Error(
        `@WsRequest('${method}') stands on ${where} and on another method; a name belongs to one method.`,
      );
    }
    if (!wrapper.isDependencyTreeStatic() || wrapper.isTransient) {
      throw new Error(
        `@WsRequest('${method}') stands on ${where}, a request-scoped or transient provider; make it a singleton.`,
      );
    }
    const options = { guards: true, interceptors: true, filters: false };
    this.methods.set(
      method,
      this.contexts.create(
        host,
        callback,
        name,
        PARAM_ARGS_METADATA,
        requestParameters,
        undefined,
        undefined,
        options,
        'ws',
      ) as RequestMethod,
    );
  }
}
