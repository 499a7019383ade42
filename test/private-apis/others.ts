import type { EventEmitter } from 'node:events';
import { plainToInstance, Transform } from 'class-transformer';
import { defaultMetadataStorage } from 'class-transformer/cjs/storage.js';
import { getMetadataStorage, IsString, ValidateIf } from 'class-validator';
import type { FactoryProvider } from '@nestjs/common';
import { PrometheusModule, makeCounterProvider } from '@willsoto/nestjs-prometheus';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Histogram } from 'prom-client';
import type { Surface } from './surface.js';

class Dto {
  @Transform(() => 'decorated')
  declare value: string;
}

class Plain {
  declare value: string;
}

/** The storage shows what decorators registered, and what is added to it is acted on. */
function isStorage(): boolean {
  const found = defaultMetadataStorage.findTransformMetadatas(Dto, 'value', 0);
  const transformFn = (): string => 'added';
  defaultMetadataStorage.addTransformMetadata({ target: Plain, propertyName: 'value', transformFn, options: {} });
  return found.length === 1 && plainToInstance(Plain, { value: 'plain' }).value === 'added';
}

class Validated {
  @ValidateIf(() => true)
  @IsString()
  declare value: string;
}

/** The storage lists the rules of a class by type, and for each its validator. */
function isRuleStorage(): boolean {
  const storage = getMetadataStorage();
  const rules = storage.getTargetValidationMetadatas(Validated, '', false, false);
  const types = rules.map(({ propertyName, type }) => `${propertyName} ${type}`);
  const validators = rules.flatMap(({ constraintCls }) =>
    constraintCls === undefined ? [] : storage.getTargetValidatorConstraints(constraintCls),
  );
  const [{ async, instance } = { async: true, instance: undefined }] = validators;
  return (
    types.toSorted().join() === 'value conditionalValidation,value customValidation' &&
    !async &&
    instance?.validate('text') === true &&
    !instance.validate(7)
  );
}

interface Stored {
  readonly labels: Readonly<Record<string, string>>;
  readonly bucketValues: Record<number, number>;
  sum: number;
  count: number;
}

const histogram = (): Histogram =>
  new Histogram({ name: 'private_api', help: 'h', buckets: [1, 2], labelNames: ['type'], registers: [] });

/** Observations that are added to what a histogram stores are read like its own. */
async function isHashMap(): Promise<boolean> {
  const meter = histogram();
  meter.zero({ type: 'a' });
  const { hashMap } = meter as unknown as { readonly hashMap: Readonly<Record<string, Stored>> };
  const stored = Object.values(hashMap).find(({ labels }) => labels['type'] === 'a') as Stored;
  stored.bucketValues[2] = (stored.bucketValues[2] ?? 0) + 3;
  stored.count += 3;
  stored.sum += 5;
  const { values } = await meter.get();
  const valueOf = (name: string, le?: number): number | undefined =>
    values.find((each) => each.metricName === `private_api_${name}` && each.labels['le'] === le)?.value;
  return valueOf('bucket', 1) === 0 && valueOf('bucket', 2) === 3 && valueOf('count') === 3 && valueOf('sum') === 5;
}

async function isCollected(): Promise<boolean> {
  const meter = histogram();
  let collected = 0;
  (meter as { collect?: () => void }).collect = () => void (collected += 1);
  await meter.get();
  return collected === 1;
}

/** A provider of a metric injects the options of PrometheusModule first, and needs nothing else. */
function isOptionsToken(): boolean {
  const { inject = [] } = makeCounterProvider({ name: 'private_api', help: 'h' }) as FactoryProvider;
  const { providers = [] } = PrometheusModule.register({ defaultMetrics: { enabled: false } });
  const [token] = providers.map((provider) => (provider as FactoryProvider).provide);
  return inject.length === 1 && typeof token === 'symbol' && (inject[0] as { token?: unknown }).token === token;
}

const clientErrorListeners = (adapter: FastifyAdapter): string[] =>
  (adapter.getInstance().server as EventEmitter).listeners('clientError').map(({ name }) => name);

/** The only listener that Fastify adds has this name, and that of an application has another. */
function isFastifysOwn(): boolean {
  const clientErrorHandler = (): void => {};
  const ofTheApplication = clientErrorListeners(new FastifyAdapter({ clientErrorHandler }));
  return (
    clientErrorListeners(new FastifyAdapter()).join() === 'bound defaultClientErrorHandler' &&
    ofTheApplication.join() === 'bound clientErrorHandler'
  );
}

export const otherSurfaces: readonly Surface[] = [
  { name: 'defaultMetadataStorage', dependency: 'class-transformer', holds: isStorage },
  { name: 'getMetadataStorage', dependency: 'class-validator', holds: isRuleStorage },
  { name: 'Histogram.hashMap', dependency: 'prom-client', holds: isHashMap },
  {
    name: 'Histogram.upperBounds',
    dependency: 'prom-client',
    holds: () => String((histogram() as unknown as { upperBounds?: unknown }).upperBounds) === '1,2',
  },
  { name: 'Metric.collect', dependency: 'prom-client', holds: isCollected },
  { name: 'makeCounterProvider().inject', dependency: '@willsoto/nestjs-prometheus', holds: isOptionsToken },
  { name: 'defaultClientErrorHandler', dependency: 'fastify', holds: isFastifysOwn },
];
