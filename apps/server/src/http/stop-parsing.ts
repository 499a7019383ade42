import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

/** llhttp stops after a request that it takes for an upgrade. */
const STOP = 2;

/** What Node's HTTP server puts on a socket; not documented. */
interface Parser {
  onIncoming?: (request: IncomingMessage, shouldKeepAlive: boolean) => number;
}

/**
 * Keeps Node from making a request of all that is left in a read (64 KiB: some 2,000 requests, 10 ms) after the socket was
 * destroyed for the first of them. Where Node has no such parser this does nothing.
 */
export function stopParsingWhenDestroyed(socket: Socket): void {
  const { parser } = socket as Socket & { readonly parser?: Parser | null };
  const onIncoming = parser?.onIncoming;
  if (!parser || onIncoming === undefined) return;
  parser.onIncoming = (request, shouldKeepAlive) => (socket.destroyed ? STOP : onIncoming(request, shouldKeepAlive));
}
