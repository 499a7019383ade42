import type { Type } from '@nestjs/common';
import { defaultMetadataStorage as transformer } from 'class-transformer/cjs/storage.js';
import { type ValidationArguments, type ValidatorConstraintInterface, getMetadataStorage } from 'class-validator';

type Rule = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>[number];
type Instance = Record<string, unknown>;
type Condition = (object: object, value: unknown) => unknown;

/** Returns the instance that validation would produce; `undefined` if it is not certain that validation would pass. */
export type CompiledValidator = (plain: unknown) => object | undefined;

interface Check {
  readonly rule: Rule;
  readonly validator: ValidatorConstraintInterface;
}

interface Property {
  readonly name: string;
  readonly conditions: readonly Condition[];
  readonly checks: readonly Check[];
}

/** The rule types of class-validator. */
const CHECK = 'customValidation';
const CONDITION = 'conditionalValidation';
const ALLOWED = 'whitelistValidation';
/** `TransformationType.PLAIN_TO_CLASS` of class-transformer. */
const PLAIN_TO_CLASS = 0;

/**
 * Compiles the rules of a DTO once. The packages look them up each time: class-validator for every object,
 * class-transformer for every key. Returns `undefined` for a class with nested, asynchronous or transforming rules.
 * @param stripsUnknown true if keys without a rule are stripped; otherwise objects with such keys are left to the pipe
 */
export function compileValidator(dto: Type, stripsUnknown: boolean): CompiledValidator | undefined {
  const properties = propertiesOf(dto);
  if (properties === undefined) return undefined;
  return (plain) => {
    if (!isPlainObject(plain)) return undefined;
    const instance = new dto() as Instance;
    let taken = 0;
    for (const { name } of properties) {
      const value = plain[name];
      if (value === undefined) {
        if (name in plain) return undefined;
        continue;
      }
      if (typeof value === 'object' && value !== null && !isFlatList(value)) return undefined;
      instance[name] = Array.isArray(value) ? [...(value as unknown[])] : value;
      taken += 1;
    }
    if (!stripsUnknown && taken < Object.keys(plain).length) return undefined;
    for (const property of properties) if (!isGood(instance, property, dto)) return undefined;
    return instance;
  };
}

function propertiesOf(dto: Type): readonly Property[] | undefined {
  const rules = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
  const names = [...new Set(rules.map(({ propertyName }) => propertyName))];
  const isBeyond = (key: string): boolean => !names.includes(key);
  if (names.length === 0 || names.some((name) => name in dto.prototype) || isTransformed(dto, names)) return undefined;
  // A field with an initial value but no rule would have to be stripped or rejected.
  if (Object.keys(new dto() as object).some(isBeyond)) return undefined;
  const properties = names.map((name) => compile(name, rules));
  return properties.every((property) => property !== undefined) ? properties : undefined;
}

function compile(name: string, rules: readonly Rule[]): Property | undefined {
  const conditions: Condition[] = [];
  const checks: Check[] = [];
  for (const rule of rules) {
    if (rule.propertyName !== name || rule.type === ALLOWED) continue;
    if (rule.type === CONDITION) {
      conditions.push((rule.constraints as [Condition])[0]);
    } else if (rule.type === CHECK) {
      const constraints = getMetadataStorage().getTargetValidatorConstraints(rule.constraintCls);
      if (constraints.some((constraint) => constraint.async)) return undefined;
      for (const { instance: validator } of constraints) checks.push({ rule, validator });
    } else {
      return undefined;
    }
  }
  return { name, conditions, checks };
}

function isTransformed(dto: Type, names: readonly string[]): boolean {
  const marks = [...transformer.getExposedMetadatas(dto), ...transformer.getExcludedMetadatas(dto)];
  const hasOwnRule = (name: string): boolean =>
    transformer.findTypeMetadata(dto, name) !== undefined ||
    transformer.findTransformMetadatas(dto, name, PLAIN_TO_CLASS).length > 0;
  return marks.length > 0 || transformer.getStrategy(dto) !== 'none' || names.some(hasOwnRule);
}

function isGood(object: Instance, { name, conditions, checks }: Property, dto: Type): boolean {
  const value = object[name];
  for (const condition of conditions) if (!condition(object, value)) return true;
  for (const check of checks) {
    const { validateIf, constraints, each } = check.rule;
    if (validateIf !== undefined && !validateIf(object, value)) continue;
    const details: ValidationArguments = { targetName: dto.name, property: name, object, value, constraints };
    const isOfEach = each && Array.isArray(value);
    if (isOfEach ? !value.every((item) => passes(check, item, details)) : !passes(check, value, details)) return false;
  }
  return true;
}

/** Fails a validator that returns a promise though it is not marked asynchronous: the pipe then calls and awaits it. */
function passes({ validator }: Check, value: unknown, details: ValidationArguments): boolean {
  const verdict = validator.validate(value, details);
  if (typeof verdict === 'object') verdict.catch(() => {});
  return verdict === true;
}

function isPlainObject(value: unknown): value is Instance {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** Lists of objects are left to class-transformer, which copies objects by further rules. */
function isFlatList(value: object): boolean {
  return Array.isArray(value) && value.every((item) => typeof item !== 'object' || item === null);
}
