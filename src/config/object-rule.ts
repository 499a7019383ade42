import { nearestName } from './nearest-name.js';
import type { Breach, Rule } from './rules/rule.js';

export function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The rule of a value that may be left out. */
export const optional =
  (rule: Rule): Rule =>
  (value, config, nameOf) =>
    value === undefined ? [] : rule(value, config, nameOf);

/** The rule of an object that has no entries but these. `allowed` says what it should have been when it is none. */
export function objectOf(rules: Readonly<Record<string, Rule>>, allowed: string): Rule {
  const names = Object.keys(rules);
  return (value, config, nameOf) => {
    if (!isPlainObject(value)) return [{ at: '', value, allowed }];
    const unknown = Object.keys(value).filter((name) => !names.includes(name));
    const broken = Object.entries(rules).flatMap(([name, rule]) =>
      rule(Reflect.get(value, name), config, nameOf).map((breach) => ({ ...breach, at: `.${name}${breach.at}` })),
    );
    return [...unknown.map((name) => unknownName(name, names)), ...broken];
  };
}

function unknownName(name: string, names: readonly string[]): Breach {
  const meant = nearestName(name, names);
  return { at: `.${name}`, allowed: meant ? `did you mean '${meant}'?` : `allowed: ${names.join(', ')}.` };
}
