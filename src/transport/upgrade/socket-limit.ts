import type { Socket } from 'node:net';
import { AddressCounts } from '../../address/index.js';

/**
 * Counts TCP connections per address from the moment they are accepted, as one that sends nothing costs a descriptor too. One
 * over the limit is cut at once. Unix sockets are not counted, nor are peers that `isExempt` says speak for many.
 */
export class SocketLimit {
  private readonly counts = new AddressCounts();
  /** The key of each; weak, and to know those that are handed to the server once more. */
  private readonly keys = new WeakMap<Socket, string>();
  private readonly release: (this: Socket) => void;

  constructor(
    private readonly max: number,
    private readonly isExempt: (socket: Socket) => boolean,
    private readonly onCut: (address: string) => void,
  ) {
    const { counts, keys } = this;
    // One function for all: a closure for each would be kept as long as its connection.
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
