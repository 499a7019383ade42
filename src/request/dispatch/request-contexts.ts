import type { ExternalContextCreator } from '@nestjs/core';
import type { InterceptorsConsumer } from '@nestjs/core/interceptors/interceptors-consumer.js';
import type { Observable } from 'rxjs';
import type { RunningRequest } from '../run/running-request.js';
import { ObservableResponse } from '../streaming/observable-response.js';
import { createPipesFn } from '../validation/request-pipes.js';

/** Index of the running request in the arguments of a method's context: after the connection and the params. */
export const RUNNING_REQUEST = 2;

/**
 * Nest's method contexts with two changes. Parameters are filled in without a promise each. A stream stays a stream:
 * Nest would reduce an Observable to its last value, and pass an async iterable to the interceptors as one value.
 */
export function requestContexts(contexts: ExternalContextCreator): ExternalContextCreator {
  return Object.create(contexts, {
    createPipesFn: { value: createPipesFn },
    interceptorsConsumer: { value: observing(contexts['interceptorsConsumer'] as InterceptorsConsumer) },
    transformToResult: { value: (result: unknown) => result },
  }) as ExternalContextCreator;
}

function observing(nest: InterceptorsConsumer): Pick<InterceptorsConsumer, 'intercept'> {
  return {
    intercept: (interceptors, args, instance, callback, next, type) => {
      const running = args[RUNNING_REQUEST] as RunningRequest;
      // The request may have timed out or been cancelled while its guards were awaited.
      if (running.isOver) return Promise.resolve();
      if (interceptors.length === 0) return next();
      const observed = new ObservableResponse(running);
      const handler = async (): Promise<unknown> => observed.enter(await next());
      return nest.intercept(interceptors, args, instance, callback, handler, type).then((results) => {
        observed.results = results as Observable<unknown>;
        return observed;
      });
    },
  };
}
