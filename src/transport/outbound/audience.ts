import type { Recipient, Recipients } from './batch.js';

/** One who listens, and the socket through which. */
export interface Listener {
  readonly socket: { readonly recipient: Recipient };
}

/** The clients that get the same frames: the subscribers of a channel. What was published before a change stays as it was. */
export class Audience<L extends Listener> implements Recipients, Iterable<L> {
  private readonly listeners = new Map<Recipient, L>();

  get size(): number {
    return this.listeners.size;
  }

  add(listener: L): void {
    const { recipient } = listener.socket;
    recipient.catchUp();
    this.listeners.set(recipient, listener);
  }

  delete(listener: L): boolean {
    const { recipient } = listener.socket;
    recipient.catchUp();
    return this.listeners.delete(recipient);
  }

  has(listener: L): boolean {
    return this.listeners.has(listener.socket.recipient);
  }

  includes(recipient: Recipient): boolean {
    return this.listeners.has(recipient);
  }

  recipients(): IterableIterator<Recipient> {
    return this.listeners.keys();
  }

  [Symbol.iterator](): IterableIterator<L> {
    return this.listeners.values();
  }
}
