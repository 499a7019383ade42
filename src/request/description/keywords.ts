import type { JsonSchema } from '../validation/json-schema.js';

type Constraints = readonly unknown[];
type Keyword = (constraints: Constraints) => JsonSchema | undefined;

/** The keywords of JSON Schema by the name of a rule in class-validator. */
const KEYWORDS = new Map<string, Keyword>([
  ['isString', () => ({ type: 'string' })],
  ['isNumber', () => ({ type: 'number' })],
  ['isInt', () => ({ type: 'integer' })],
  ['isBoolean', () => ({ type: 'boolean' })],
  ['isArray', () => ({ type: 'array' })],
  ['isObject', () => ({ type: 'object' })],
  ['isEmail', () => ({ type: 'string', format: 'email' })],
  ['isUuid', () => ({ type: 'string', format: 'uuid' })],
  ['isUrl', () => ({ type: 'string', format: 'uri' })],
  ['isIso8601', () => ({ type: 'string', format: 'date-time' })],
  ['isDateString', () => ({ type: 'string', format: 'date-time' })],
  ['min', ([minimum]) => ({ minimum: minimum as number })],
  ['max', ([maximum]) => ({ maximum: maximum as number })],
  ['isPositive', () => ({ exclusiveMinimum: 0 })],
  ['isNegative', () => ({ exclusiveMaximum: 0 })],
  ['isDivisibleBy', ([multipleOf]) => ({ multipleOf: multipleOf as number })],
  ['minLength', ([minLength]) => ({ minLength: minLength as number })],
  ['maxLength', ([maxLength]) => ({ maxLength: maxLength as number })],
  ['isLength', ([min, max]) => ({ minLength: min as number, ...(typeof max === 'number' && { maxLength: max }) })],
  ['matches', ([pattern]) => patternOf(pattern)],
  ['arrayMinSize', ([minItems]) => ({ type: 'array', minItems: minItems as number })],
  ['arrayMaxSize', ([maxItems]) => ({ type: 'array', maxItems: maxItems as number })],
  ['arrayUnique', () => ({ type: 'array', uniqueItems: true })],
  ['isIn', ([values]) => ({ enum: values as readonly unknown[] })],
  ['isEnum', ([, values]) => (Array.isArray(values) ? { enum: values as readonly unknown[] } : undefined)],
  ['equals', ([value]) => ({ const: value })],
]);

/** What a rule adds to the schema of its property: keywords, or an entry of `rules`. */
export function schemaOfRule(name: string, constraints: Constraints): JsonSchema {
  const keywords = KEYWORDS.get(name)?.(constraints);
  if (keywords !== undefined && isPlain(keywords)) return keywords;
  const plain = constraints.filter((each) => each !== undefined);
  return { rules: [plain.length > 0 && plain.every(isPlain) ? { name, constraints: plain } : { name }] };
}

/** A pattern with flags means something else without them. */
function patternOf(pattern: unknown): JsonSchema | undefined {
  return pattern instanceof RegExp && pattern.flags === '' ? { pattern: pattern.source } : undefined;
}

/** True for what JSON carries unchanged. */
function isPlain(value: unknown): boolean {
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return true;
  if (Array.isArray(value)) return value.every(isPlain);
  if (typeof value !== 'object') return false;
  return Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(isPlain);
}
