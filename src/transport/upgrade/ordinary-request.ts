import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { ignoreError } from './intercept-upgrades.js';

/** Of a request that asks for HTTP/2 over plain TCP (RFC 7540 §3.2, obsolete by RFC 9113): they concern one hop. */
const LEFT_OUT: readonly string[] = ['upgrade', 'http2-settings'];

/** What `Upgrade` offers, in lower case. */
export function upgradesOffered(request: IncomingMessage): readonly string[] {
  return listOf(request.headers.upgrade ?? '').map((offer) => offer.toLowerCase());
}

/**
 * Has the server answer a request whose `Upgrade` it does not take up, as RFC 9110 §7.8 lets it: without that header, and
 * after what was asked before on this socket.
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
  // Documented for handing connections to the server; it parses them anew.
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
