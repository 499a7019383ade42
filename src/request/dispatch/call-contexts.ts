import type { CanActivate, Type } from '@nestjs/common';
import type { ExternalContextCreator } from '@nestjs/core';
import type { InterceptorsConsumer } from '@nestjs/core/interceptors/interceptors-consumer.js';
import { from, isObservable, lastValueFrom } from 'rxjs';
import type { ThrottledLog } from '../../metrics/index.js';
import { CallContext } from '../run/call-context.js';
import { isDeliberate } from '../run/is-deliberate.js';

/** Both consumers of Nest make their contexts alike. */
type Consumer = Pick<InterceptorsConsumer, 'createContext'>;

const HINT =
  'The message was refused with INTERNAL_ERROR. A guard made for HTTP lets messages pass by: ' +
  "if (context.getType() === 'ws') return true;";

/**
 * Nest's contexts for messages. Guards and interceptors get a {@link CallContext}. A guard that fails is named in the
 * log with what to do: guards made for HTTP, as `APP_GUARD`, fail at every message.
 */
export function callContexts(contexts: ExternalContextCreator, log: ThrottledLog): ExternalContextCreator {
  const createGuardsFn: ExternalContextCreator['createGuardsFn'] = function (this: unknown, guards, ...rest) {
    const explained = guards.map((guard: CanActivate) => explain(guard, log));
    return contexts.createGuardsFn.call(this as ExternalContextCreator, explained, ...rest);
  };
  return Object.create(contexts, {
    createGuardsFn: { value: createGuardsFn },
    guardsConsumer: { value: onCallContexts(contexts['guardsConsumer'] as Consumer) },
    interceptorsConsumer: { value: onCallContexts(contexts['interceptorsConsumer'] as Consumer) },
  }) as ExternalContextCreator;
}

function onCallContexts<T extends Consumer>(consumer: T): T {
  return Object.create(consumer, { createContext: { value: createContext } }) as T;
}

const createContext: Consumer['createContext'] = (args, instance, callback) =>
  new CallContext(args, instance.constructor as Type, callback);

function explain(guard: CanActivate, log: ThrottledLog): CanActivate {
  const failed = (error: unknown): never => {
    const { constructor } = guard;
    if (!isDeliberate(error)) log.write('warn', constructor, 'guard failed', { guard: constructor.name, hint: HINT });
    throw error;
  };
  return {
    canActivate: (context) => {
      try {
        const verdict = guard.canActivate(context);
        if (typeof verdict === 'boolean') return verdict;
        return verdictOf(verdict).catch(failed);
      } catch (error) {
        return failed(error);
      }
    },
  };
}

async function verdictOf(verdict: Exclude<ReturnType<CanActivate['canActivate']>, boolean>): Promise<boolean> {
  const value: unknown = await verdict;
  return (isObservable(value) ? lastValueFrom(from(value)) : value) as Promise<boolean>;
}
