import type { IncomingMessage } from 'node:http';

/** Rewrites each raw value of a header, which a log may read beside the parsed headers. */
export function rewriteRawHeader(
  { rawHeaders }: IncomingMessage,
  name: string,
  rewrite: (value: string) => string,
): void {
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.toLowerCase() === name) rawHeaders[at + 1] = rewrite(rawHeaders[at + 1] ?? '');
  }
}
