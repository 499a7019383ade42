import { Obeys, ruleOf } from './rules/rule.js';

const HOST = 'http://localhost';

/** A URL parser leaves a path alone only when it is written as requests carry it, and one with `//` becomes a host. */
function isUrlPath(value: unknown): boolean {
  if (typeof value !== 'string' || !value.startsWith('/') || /[?#]/.test(value)) return false;
  return URL.canParse(value, HOST) && new URL(value, HOST).href === HOST + value;
}

/** A path as a request carries it: from one `/` on, normalised and percent-encoded, no query, no fragment. */
export const UrlPath = (): PropertyDecorator =>
  Obeys(
    'urlPath',
    ruleOf(
      isUrlPath,
      'a URL path such as "/ws", which starts with one "/" and is written as in a request, without query and fragment',
    ),
  );
