import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { ignoreError } from './intercept-upgrades.js';

/** Hop-by-hop headers of a request for HTTP/2 over plain TCP (RFC 7540 §3.2, obsoleted by RFC 9113). */
const LEFT_OUT: readonly string[] = ['upgrade', 'http2-settings'];

/** Protocols in the `Upgrade` header, in lower case. */
export function upgradesOffered(request: IncomingMessage): readonly string[] {
  return listOf(request.headers.upgrade ?? '').map((offer) => offer.toLowerCase());
}

/**
 * Has the server answer a request as if it had no `Upgrade` header (RFC 9110 §7.8), after earlier requests of the same
 * socket.
 */
export function serveAsOrdinary(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const pending = (socket as { _httpMessage?: ServerResponse | null })._httpMessage ?? undefined;
  if (pending !== undefined) {
    pending.once('close', () => serveAsOrdinary(server, request, socket, head));
    return;
  }
  if (socket.destroyed) return;
  socket.off('error', ignoreError);
  socket.unshift(Buffer.concat([headOf(request), head]));
  // Emitting `connection` is documented: the server parses the connection anew.
  server.emit((socket as TLSSocket).encrypted ? 'secureConnection' : 'connection', socket as Socket);
}

function headOf({ method, url, httpVersion, rawHeaders }: IncomingMessage): Buffer {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = rawHeaders.slice(at, at + 2);
    const kept = keptOf(name.toLowerCase(), value);
    if (kept !== undefined) lines.push(`${name}: ${kept}`);
  }
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

function keptOf(name: string, value: string): string | undefined {
  if (LEFT_OUT.includes(name)) return undefined;
  if (name !== 'connection') return value;
  return listOf(value)
    .filter((option) => !LEFT_OUT.includes(option.toLowerCase()))
    .join(', ');
}

function listOf(value: string): readonly string[] {
  return value.split(',').map((item) => item.trim());
}
