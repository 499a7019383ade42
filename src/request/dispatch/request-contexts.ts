import type { NestInterceptor } from '@nestjs/common';
import type { ExternalContextCreator } from '@nestjs/core';
import type { InterceptorsConsumer } from '@nestjs/core/interceptors/interceptors-consumer.js';
import type { Observable } from 'rxjs';
import { CallContext } from '../run/call-context.js';
import { type ExceptionFilterEntry, ExceptionFilters } from '../run/exception-filters.js';
import type { RunningRequest } from '../run/running-request.js';
import { ObservableResponse } from '../streaming/observable-response.js';
import { type InterceptorLayers, layersOf } from './interceptor-layers.js';
import { createPipesFn } from '../validation/request-pipes.js';

/** Index of the running request in the arguments of a method's context: after the connection and the params. */
export const RUNNING_REQUEST = 2;

type Args = [connection: unknown, params: unknown, running: RunningRequest];

/**
 * Nest's method contexts with three changes. Parameters are filled in without a promise each. A stream stays a stream:
 * Nest would reduce an Observable to its last value, and pass an async iterable to the interceptors as one value. The
 * exception filters are handed to the running request, since a stream fails after its method has returned.
 */
export function requestContexts(contexts: ExternalContextCreator): ExternalContextCreator {
  return Object.create(contexts, {
    createPipesFn: { value: createPipesFn },
    interceptorsConsumer: { value: observing(contexts['interceptorsConsumer'] as InterceptorsConsumer) },
    externalErrorProxy: { value: { createProxy: keepingFilters } },
    transformToResult: { value: (result: unknown) => result },
  }) as ExternalContextCreator;
}

/**
 * The contexts of a module's providers and controllers. Nest looks up the module by its providers alone: to a method of a
 * controller, guards that are given as classes would be unknown.
 */
export function contextsOfModule(contexts: ExternalContextCreator, moduleKey = ''): ExternalContextCreator {
  if (moduleKey === '') return contexts;
  return Object.create(contexts, { getContextModuleKey: { value: () => moduleKey } }) as ExternalContextCreator;
}

/** The name of the method comes last, where guards and filters find it as the pattern. */
function keepingFilters(
  target: (...args: [...Args, pattern: string]) => Promise<unknown>,
  handler: { readonly filters: readonly ExceptionFilterEntry[] },
) {
  const { filters } = handler;
  return (...given: Args): Promise<unknown> => {
    const [connection, params, running] = given;
    const args: Parameters<typeof target> = [connection, params, running, running.method];
    if (filters.length > 0) running.filters = new ExceptionFilters(filters, new CallContext(args));
    return target(...args);
  };
}

function observing(nest: InterceptorsConsumer): Pick<InterceptorsConsumer, 'intercept'> {
  return {
    intercept: (interceptors, args, instance, callback, next, type) => {
      const running = args[RUNNING_REQUEST] as RunningRequest;
      // The request may have timed out or been cancelled while its guards were awaited.
      if (running.isOver) return Promise.resolve();
      if (interceptors.length === 0) return next();
      const around = (list: readonly NestInterceptor[], source: () => Promise<unknown>): Promise<unknown> =>
        nest.intercept([...list], args, instance, callback, source, type);
      return observe(running, layersOf(interceptors, instance, callback), next, around);
    },
  };
}

type Around = (interceptors: readonly NestInterceptor[], source: () => Promise<unknown>) => Promise<unknown>;

/** A stream passes the inner layer chunk by chunk. The outer one gets its result, which has passed the serializers. */
async function observe(
  running: RunningRequest,
  { inner, outer, serializers }: InterceptorLayers,
  next: () => Promise<unknown>,
  around: Around,
): Promise<ObservableResponse> {
  const observed = new ObservableResponse(running, (result) => around(serializers, () => Promise.resolve(result)));
  const chunks = (): Promise<unknown> => around(inner, async () => observed.enter(await next()));
  observed.results = (await around(outer, async () => observed.whole(await chunks()))) as Observable<unknown>;
  return observed;
}
