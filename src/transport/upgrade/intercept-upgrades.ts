import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

/** Says whether it has taken the upgrade; what it has not goes to the server's listeners. */
export type TakeUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean;

/**
 * Asks `take` about every upgrade before the `upgrade` listeners of the server see it. A listener of its own would not do:
 * all of them get every request, and others end the sockets of paths that they do not know, a `ws` server at once, socket.io
 * after a second.
 * @returns undoes it
 */
export function interceptUpgrades(server: Server, take: TakeUpgrade): () => void {
  const emit = server.emit.bind(server);
  let active = true;
  const intercepting = (event: string, ...args: never[]): boolean => {
    if (active && event === 'upgrade') {
      const [request, socket, head] = args as readonly unknown[] as Parameters<TakeUpgrade>;
      // In the same turn: an error without a listener would end the process.
      socket.on('error', ignoreError);
      if (take(request, socket, head)) return true;
    }
    return emit(event, ...args);
  };
  server.emit = intercepting as typeof emit;
  // Only where there is one does Node take `Upgrade` for more than a header.
  server.on('upgrade', ignoreUpgrade);
  return () => {
    active = false;
    server.off('upgrade', ignoreUpgrade);
    if (server.emit === intercepting) server.emit = emit;
  };
}

/** The `error` listener of a socket between its upgrade request and its answer. */
export function ignoreError(): void {}

function ignoreUpgrade(): void {}
