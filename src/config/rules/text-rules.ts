import { Validate, ruleOf, within, type FieldDecorator, type Rule } from './rule.js';

const BASE_URL = 'http://localhost';

/** Words as a sentence lists them. */
export const quoted = (words: readonly string[]): string => words.map((word) => `"${word}"`).join(', ');

/** The rule of a boolean. */
export const flag: Rule = ruleOf((value) => typeof value === 'boolean', 'true or false');

/** The rule of a value that must be one of `words`. */
export const oneOf = (words: readonly string[]): Rule =>
  ruleOf((value) => words.some((word) => word === value), `one of ${quoted(words)}`);

/** Declares a field that holds a boolean. */
export const Flag = (): FieldDecorator<boolean> => Validate('boolean', flag);

/** Declares a field that must be one of `words`. */
export const OneOf = (words: readonly string[]): FieldDecorator<string> => Validate('text', oneOf(words));

/**
 * Declares a field that holds a list whose every entry obeys `rule`. `entries` names the entries in the message about a
 * value that is not a list.
 */
export function ListOf(entries: string, rule: Rule): FieldDecorator<readonly string[]> {
  return Validate('list', (value, config) => {
    if (!Array.isArray(value)) return [{ at: '', value, allowed: `a list of ${entries}` }];
    return Array.from(value, (item: unknown, index) => within(`[${index}]`, rule(item, config))).flat();
  });
}

/**
 * True for a path that a URL parser returns unchanged: it is normalised and percent-encoded, and does not start with
 * `//`, which is read as the start of a host.
 */
function isUrlPath(value: unknown): boolean {
  if (typeof value !== 'string' || !value.startsWith('/') || /[?#]/.test(value)) return false;
  return URL.canParse(value, BASE_URL) && new URL(value, BASE_URL).href === BASE_URL + value;
}

/**
 * Declares a field that holds a path as it stands in a request: with one `/` at its start, normalised and
 * percent-encoded, without query and fragment.
 */
export const UrlPath = (): FieldDecorator<string> =>
  Validate(
    'text',
    ruleOf(
      isUrlPath,
      'a URL path such as "/ws", which starts with one "/" and is written as in a request, without query and fragment',
    ),
  );
