import { Validate, ruleOf, within, type FieldDecorator, type Rule } from './rule.js';

const BASE_URL = 'http://localhost';

/** Words as a sentence lists them. */
export const quoted = (words: readonly string[]): string => words.map((word) => `"${word}"`).join(', ');

/** The rule of `true` or `false`. */
export const flag: Rule = ruleOf((value) => typeof value === 'boolean', 'true or false');

/** The rule of one of some words. */
export const oneOf = (words: readonly string[]): Rule =>
  ruleOf((value) => words.some((word) => word === value), `one of ${quoted(words)}`);

/** `true` or `false`. */
export const Flag = (): FieldDecorator<boolean> => Validate('boolean', flag);

/** One of some words. */
export const OneOf = (words: readonly string[]): FieldDecorator<string> => Validate('text', oneOf(words));

/** A list whose every entry obeys `rule`. `entries` is their name in the sentence about a value that is not a list. */
export function ListOf(entries: string, rule: Rule): FieldDecorator<readonly string[]> {
  return Validate('list', (value, config) => {
    if (!Array.isArray(value)) return [{ at: '', value, allowed: `a list of ${entries}` }];
    return Array.from(value, (item: unknown, index) => within(`[${index}]`, rule(item, config))).flat();
  });
}

/** A URL parser keeps a path only if it is normalised and percent-encoded; it reads `//` as the start of a host. */
function isUrlPath(value: unknown): boolean {
  if (typeof value !== 'string' || !value.startsWith('/') || /[?#]/.test(value)) return false;
  return URL.canParse(value, BASE_URL) && new URL(value, BASE_URL).href === BASE_URL + value;
}

/**
 * A path as requests carry it: it starts with one `/`, is normalised and percent-encoded, without query and fragment.
 */
export const UrlPath = (): FieldDecorator<string> =>
  Validate(
    'text',
    ruleOf(
      isUrlPath,
      'a URL path such as "/ws", which starts with one "/" and is written as in a request, without query and fragment',
    ),
  );
