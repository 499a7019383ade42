import { Validate, addConstraint, ruleOf, type FieldDecorator, type Rule } from './rule.js';
import { quoted } from './text-rules.js';

const PLAIN: readonly string[] = ['url', 'header', 'protocol', 'message'];
/** A cookie's name is a token (RFC 6265 §4.1.1). */
const COOKIE = /^cookie:[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

const isCookie = (source: unknown): boolean => typeof source === 'string' && COOKIE.test(source);
const isSource = (source: unknown): boolean => PLAIN.some((plain) => plain === source) || isCookie(source);

/** A list of at least one source of tokens. */
export const TokenSources = (): FieldDecorator<readonly string[]> =>
  Validate(
    'list',
    ruleOf(
      (value) => Array.isArray(value) && value.length > 0 && value.every(isSource),
      `a list of at least one of ${quoted([...PLAIN, 'cookie:<name>'])}`,
    ),
  );

/** Refuses cookies where any page may connect: each page could act as its reader (cross-site WebSocket hijacking). */
export function NoCookiesOfAnyOrigin<Origins extends string>(
  origins: Origins,
): <Field extends string>(target: Readonly<Record<Field | Origins, readonly string[]>>, field: Field) => void {
  const rule: Rule = (value, config) => {
    const allowed: unknown = Reflect.get(config, origins);
    const isSafe = !Array.isArray(value) || !value.some(isCookie) || !Array.isArray(allowed) || !allowed.includes('*');
    if (isSafe) return [];
    const instead = `${origins} without "*" beside a cookie, since any page could connect as its reader; list the origins`;
    return [{ at: '', value, allowed: instead, comparedWith: origins }];
  };
  return (target, field) => addConstraint(target, field, 'no cookies of any origin', rule);
}
