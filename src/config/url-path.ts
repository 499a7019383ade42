import { Obeys, ruleOf } from './rule.js';

function isUrlPath(value: unknown): boolean {
  if (typeof value !== 'string' || !value.startsWith('/')) return false;
  return (
    URL.canParse(value, 'http://localhost') &&
    new URL(value, 'http://localhost').href === `http://localhost${value}` &&
    !/[?#]/.test(value)
  );
}

/** A path as a request carries it: from the first `/`, normalised and percent-encoded, no query, no fragment. */
export const UrlPath = (): PropertyDecorator =>
  Obeys(
    'urlPath',
    ruleOf(isUrlPath, 'a URL path such as "/ws": it starts with one "/", and has no spaces, "..", query or fragment'),
  );
