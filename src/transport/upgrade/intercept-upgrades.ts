import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { answerOverflow } from './header-overflow.js';

/** Returns whether it has taken the upgrade; others go to the server's listeners. */
export type TakeUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean;

/**
 * Asks `take` about every upgrade before the server's `upgrade` listeners see it. A listener of its own would not
 * suffice: every listener gets every request, and others end the sockets of unknown paths (`ws` at once, socket.io
 * after a second).
 * Request heads that are too large to be read get their answer here too.
 * @returns a function that undoes it
 */
export function interceptUpgrades(server: Server, take: TakeUpgrade): () => void {
  const emit = server.emit.bind(server);
  let active = true;
  const intercepting = (event: string, ...args: never[]): boolean => {
    if (active && event === 'upgrade') {
      const [request, socket, head] = args as readonly unknown[] as Parameters<TakeUpgrade>;
      // In the same turn, since an error without a listener would end the process.
      socket.on('error', ignoreError);
      if (take(request, socket, head)) return true;
    }
    if (active && event === 'clientError') {
      const [error, socket] = args as readonly unknown[] as [NodeJS.ErrnoException, Socket];
      if (answerOverflow(server, error, socket)) return true;
    }
    return emit(event, ...args);
  };
  server.emit = intercepting as typeof emit;
  // Node emits upgrades only where there is a listener.
  server.on('upgrade', ignoreUpgrade);
  return () => {
    active = false;
    server.off('upgrade', ignoreUpgrade);
    if (server.emit === intercepting) server.emit = emit;
  };
}

/** `error` listener of a socket between its upgrade request and the answer. */
export function ignoreError(): void {}

function ignoreUpgrade(): void {}
