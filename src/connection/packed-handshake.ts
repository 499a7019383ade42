import type { Handshake } from '../transport/index.js';

/** Characters that are kept of the headers, and of the query. */
const MAX_CHARACTERS = 4096;

/** Secrets, and headers of the upgrade itself, which say nothing of the client. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'connection',
  'upgrade',
]);
const OF_THE_UPGRADE = 'sec-websocket-';

/**
 * Packs what is kept of a handshake for the life of its connection into one string: 50 bytes for a client of `ws`, 320
 * for a browser, and no objects. Entries that do not fit into {@link MAX_CHARACTERS} are left out.
 */
export function packHandshake({ query, headers }: Handshake): string {
  const fields = thatFit(Object.keys(headers).flatMap((name) => fieldOf(name, headers[name])));
  const parameters = Object.entries(query).map((entry) => new URLSearchParams([entry]).toString());
  return [thatFit(parameters).join('&'), ...fields].join('\n');
}

/** A value of two lines would be unpacked as another header; Node's parser lets none in. */
function fieldOf(name: string, value: unknown): string | [] {
  if (LEFT_OUT.has(name) || name.startsWith(OF_THE_UPGRADE)) return [];
  return typeof value === 'string' && !value.includes('\n') ? `${name}\n${value}` : [];
}

export function unpackHandshake(packed: string, connectionId: string, clientAddress: string): Handshake {
  const [query = '', ...fields] = packed.split('\n');
  const headers: Record<string, string> = {};
  for (let at = 1; at < fields.length; at += 2) headers[fields[at - 1] as string] = fields[at] as string;
  return {
    connectionId,
    clientAddress,
    origin: headers['origin'],
    query: Object.fromEntries(new URLSearchParams(query)),
    headers,
  };
}

function thatFit(texts: readonly string[]): string[] {
  let room = MAX_CHARACTERS;
  return texts.filter((text) => {
    const fits = text.length < room;
    if (fits) room -= text.length + 1;
    return fits;
  });
}
