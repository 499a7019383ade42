import type { Type } from '@nestjs/common';
import { defaultMetadataStorage as transformer } from 'class-transformer/cjs/storage.js';
import { getMetadataStorage } from 'class-validator';
import type { JsonSchema } from '../validation/json-schema.js';
import { schemaOfRule } from './keywords.js';

type Rule = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>[number];

/** The types of class-validator for rules that check no value. */
const CONDITION = 'conditionalValidation';
const ALLOWED = 'whitelistValidation';
const NESTED = 'nestedValidation';

const SIMPLE = new Map<unknown, JsonSchema>([
  [String, { type: 'string' }],
  [Number, { type: 'number' }],
  [Boolean, { type: 'boolean' }],
  [Array, { type: 'array' }],
]);

/**
 * Describes a type that TypeScript wrote into the metadata of a parameter or a property; a DTO by its rules.
 * @param path the DTOs that contain it, so that one that contains itself is described once
 */
export function schemaOfType(type: unknown, path: readonly unknown[] = []): JsonSchema {
  const simple = SIMPLE.get(type);
  if (simple !== undefined) return simple;
  if (typeof type !== 'function' || type === Object || type === Promise) return {};
  const named: JsonSchema = { title: type.name, type: 'object' };
  return path.includes(type) ? named : { ...named, ...contentOf(type as Type, [...path, type]) };
}

function contentOf(dto: Type, path: readonly unknown[]): JsonSchema {
  const rules = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
  const names = [...new Set(rules.map(({ propertyName }) => propertyName))];
  if (names.length === 0) return {};
  const rulesOf = (name: string): readonly Rule[] => rules.filter(({ propertyName }) => propertyName === name);
  const required = names.filter((name) => isRequired(rulesOf(name)));
  return {
    properties: Object.fromEntries(names.map((name) => [name, propertySchema(dto, name, rulesOf(name), path)])),
    ...(required.length > 0 && { required }),
  };
}

function isRequired(rules: readonly Rule[]): boolean {
  return !rules.some(({ type }) => type === CONDITION) && rules.some(({ type }) => type !== ALLOWED);
}

function propertySchema(dto: Type, name: string, rules: readonly Rule[], path: readonly unknown[]): JsonSchema {
  const declared: unknown = Reflect.getMetadata('design:type', dto.prototype as object, name);
  const isList = declared === Array || rules.some(({ each }) => each);
  const nested = rules.some(({ type }) => type === NESTED) ? nestedSchema(dto, name, declared, path) : {};
  const item = merged([...(isList ? [nested] : []), ...checksOf(rules, true)]);
  const own = [isList ? {} : nested, ...checksOf(rules, false)];
  if (isList) return merged([{ type: 'array' }, ...own, Object.keys(item).length > 0 ? { items: item } : {}]);
  return merged([SIMPLE.get(declared) ?? {}, ...own]);
}

function nestedSchema(dto: Type, name: string, declared: unknown, path: readonly unknown[]): JsonSchema {
  const given = transformer.findTypeMetadata(dto, name) as { typeFunction?: () => unknown } | undefined;
  return schemaOfType(given?.typeFunction?.() ?? (declared === Array ? undefined : declared), path);
}

/** @param ofEach true for the rules of each item of a list */
function checksOf(rules: readonly Rule[], ofEach: boolean): readonly JsonSchema[] {
  return rules.flatMap(({ type, name, each, constraints }) => {
    if ([CONDITION, ALLOWED, NESTED].includes(type) || (each ?? false) !== ofEach) return [];
    return [schemaOfRule(name ?? type, (constraints as readonly unknown[] | undefined) ?? [])];
  });
}

/** Later keywords win, such as `integer` over the `number` of the declared type; `rules` add up. */
function merged(schemas: readonly JsonSchema[]): JsonSchema {
  const rules = schemas.flatMap((schema) => schema.rules ?? []);
  return Object.assign({}, ...schemas, rules.length > 0 ? { rules } : {}) as JsonSchema;
}
