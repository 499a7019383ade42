import { PARAM_ARGS_METADATA } from '@nestjs/websockets/constants.js';
import { WsParamtype } from '@nestjs/websockets/enums/ws-paramtype.enum.js';
import { schemaOfType } from './dto-schema.js';
import type { JsonSchema } from '../validation/json-schema.js';

interface Parameter {
  readonly index: number;
  /** The name in `@MessageBody('name')`. */
  readonly data?: unknown;
}

/** Describes the `params` that the `@MessageBody()` parameters of a method take; `undefined` where nothing is declared. */
export function paramsSchema(host: object, name: string): JsonSchema | undefined {
  const types = (Reflect.getMetadata('design:paramtypes', host, name) ?? []) as readonly unknown[];
  const schemaOf = ({ index }: Parameter): JsonSchema => schemaOfType(types[index]);
  const bodies = bodiesOf(host, name);
  const whole = bodies.find(({ data }) => typeof data !== 'string');
  if (whole !== undefined) return declared(schemaOf(whole));
  if (bodies.length === 0) return undefined;
  return { type: 'object', properties: Object.fromEntries(bodies.map((each) => [each.data, schemaOf(each)])) };
}

function bodiesOf(host: object, name: string): readonly Parameter[] {
  const all = (Reflect.getMetadata(PARAM_ARGS_METADATA, host.constructor, name) ?? {}) as Record<string, Parameter>;
  return Object.entries(all)
    .filter(([key]) => key.startsWith(`${WsParamtype.PAYLOAD}:`))
    .map(([, parameter]) => parameter)
    .toSorted((one, other) => one.index - other.index);
}

const declared = (schema: JsonSchema): JsonSchema | undefined => (Object.keys(schema).length > 0 ? schema : undefined);
