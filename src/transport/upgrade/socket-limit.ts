import type { Socket } from 'node:net';
import { AddressCounts } from '../../address/index.js';

/**
 * Counts TCP connections per address from their acceptance on, as a silent one costs a descriptor too. Connections over
 * the limit are destroyed at once. Unix sockets and exempt peers, such as proxies, are not counted.
 */
export class SocketLimit {
  private readonly counts = new AddressCounts();
  /** Address key of each counted socket; tells sockets that are handed to the server a second time. */
  private readonly keys = new WeakMap<Socket, string>();
  private readonly release: (this: Socket) => void;

  constructor(
    private readonly max: number,
    private readonly isExempt: (socket: Socket) => boolean,
    private readonly onCut: (address: string) => void,
  ) {
    const { counts, keys } = this;
    // Shared by all sockets: a closure for each would live as long as its connection.
    this.release = function () {
      counts.release(keys.get(this) as string);
    };
  }

  accept(socket: Socket): void {
    const { remoteAddress } = socket;
    if (this.keys.has(socket) || remoteAddress === undefined || this.isExempt(socket)) return;
    const key = this.counts.take(remoteAddress, this.max);
    if (key === undefined) {
      socket.destroy();
      this.onCut(remoteAddress);
      return;
    }
    this.keys.set(socket, key);
    socket.once('close', this.release);
  }
}
