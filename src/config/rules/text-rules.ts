import { Obeys, ruleOf, type Rule } from './rule.js';

const quoted = (words: readonly string[]): string => words.map((word) => `"${word}"`).join(', ');

/** true or false. */
export const flag: Rule = ruleOf((value) => typeof value === 'boolean', 'true or false');

/** One of some words. */
export const oneOf = (words: readonly string[]): Rule =>
  ruleOf((value) => words.some((word) => word === value), `one of ${quoted(words)}`);

/** A field that is true or false. */
export const Flag = (): PropertyDecorator => Obeys('flag', flag);

/** A field that is one of some words. */
export const OneOf = (words: readonly string[]): PropertyDecorator => Obeys('oneOf', oneOf(words));

/** A list of at least one of some words. */
export const SomeOf = (words: readonly string[]): PropertyDecorator =>
  Obeys(
    'someOf',
    ruleOf(
      (value) => Array.isArray(value) && value.length > 0 && value.every((item) => words.includes(item)),
      `a list of at least one of ${quoted(words)}`,
    ),
  );

/** A list whose every entry obeys `rule`; an entry that does not is named by its place. */
export function ListOf(what: string, rule: Rule): PropertyDecorator {
  return Obeys('listOf', (value, config, nameOf) => {
    if (!Array.isArray(value)) return [{ at: '', value, allowed: `a list of ${what}` }];
    return Array.from(value, (item: unknown, index) =>
      rule(item, config, nameOf).map((breach) => ({ ...breach, at: `[${index}]${breach.at}` })),
    ).flat();
  });
}
