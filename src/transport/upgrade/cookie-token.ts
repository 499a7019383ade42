import { type FoundToken, UNREADABLE } from './found-token.js';

/**
 * Reads one cookie of a `Cookie` header (RFC 6265 §5.4). Quotes around the value are removed, and percent-encoding is
 * decoded as by Express. A name that occurs twice is unreadable: which of the two a neighbouring site has set cannot be
 * told.
 */
export function cookieToken(header: string | undefined, name: string): FoundToken {
  const values = pairsOf(header ?? '').filter((pair) => pair.startsWith(`${name}=`));
  if (values.length > 1) return UNREADABLE;
  return decoded(unquoted(values[0]?.slice(name.length + 1) ?? '')) || undefined;
}

/** Strips spaces and tabs only: a name that begins with other white space is another name, whatever its prefix. */
function pairsOf(header: string): readonly string[] {
  return header.split(';').map((pair) => pair.replace(/^[ \t]+/, '').trimEnd());
}

function unquoted(value: string): string {
  return /^"(.*)"$/.exec(value)?.[1] ?? value;
}

/** A value that is not percent-encoded, such as `50%`, is taken as it is written. */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
