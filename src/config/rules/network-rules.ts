import type { Rule } from './rule.js';

const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[a-z0-9._~:[\]-]+$/;
const PAGE_SCHEME: Readonly<Record<string, string>> = { 'ws:': 'http:', 'wss:': 'https:' };

/** The `Origin` that a browser would send for a page at `url` (RFC 6454 section 6.2). */
function originOf(url: URL): string {
  return `${PAGE_SCHEME[url.protocol] ?? url.protocol}//${url.host}`;
}

/** `*`, or an origin exactly as browsers write it, as it is compared with the `Origin` header exactly. */
export const originRule: Rule = (value) => {
  if (value === '*') return [];
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  const origin = url?.host ? originOf(url) : undefined;
  if (origin === value && ORIGIN.test(origin ?? '')) return [];
  const meant = origin !== undefined && ORIGIN.test(origin) ? `; probably "${origin}" is meant` : '';
  return [
    {
      at: '',
      value,
      allowed: `"*", or an origin (scheme, host and port, no path) such as "https://app.example.com"${meant}`,
    },
  ];
};
