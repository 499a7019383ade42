import type { ClientConnection } from '../../connection/index.js';
import type { Frame } from '../../transport/index.js';

/**
 * Pushes a frame to a few connections that are not an audience; subscribers get theirs through `Flusher.broadcast`. A
 * connection that overflows may leave the set while it is walked, which a Set allows.
 * @returns how many took it
 */
export function push(frame: Frame, connections: Iterable<ClientConnection>): number {
  let delivered = 0;
  for (const connection of connections) if (connection.socket.push(frame)) delivered += 1;
  return delivered;
}
