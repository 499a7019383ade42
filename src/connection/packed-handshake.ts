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
 * Packs what is kept of a handshake for the life of its connection into one string: 20 bytes for a client of `ws`, 350
 * for a browser, and no objects. Entries that do not fit into {@link MAX_CHARACTERS} are left out.
 */
export function packHandshake({ query, headers }: Handshake): string {
  const parts = [packQuery(query)];
  let room = MAX_CHARACTERS;
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (!isKept(name, value)) continue;
    const length = name.length + value.length + 2;
    if (length > room) continue;
    room -= length;
    parts.push(name, value);
  }
  return parts.join('\n');
}

/** A value of two lines would be unpacked as another header; Node's parser lets none in. */
function isKept(name: string, value: unknown): value is string {
  if (LEFT_OUT.has(name) || name.startsWith(OF_THE_UPGRADE)) return false;
  return typeof value === 'string' && !value.includes('\n');
}

function packQuery(query: Handshake['query']): string {
  let packed = '';
  for (const name of Object.keys(query)) {
    const entry = new URLSearchParams([[name, query[name] as string]]).toString();
    if (packed.length + entry.length < MAX_CHARACTERS) packed += packed === '' ? entry : `&${entry}`;
  }
  return packed;
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
