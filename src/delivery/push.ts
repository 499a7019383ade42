import type { Connection } from '../connection/index.js';
import type { Frame } from '../transport/index.js';

/**
 * The loop that every event runs through, once per subscriber: the hot path of the server. A connection that overflows is
 * removed from the set while it is walked, which a Set allows.
 * @returns how many took it
 */
export function push(frame: Frame, connections: Iterable<Connection>): number {
  let delivered = 0;
  for (const connection of connections) if (connection.socket.push(frame)) delivered += 1;
  return delivered;
}
