import { addressKey } from './address-key.js';

/** Keeps a count, for example of connections, for each address (IPv6: for each /64). */
export class AddressCounts {
  private readonly counts = new Map<string, number>();

  /** The number of addresses with a count. */
  get size(): number {
    return this.counts.size;
  }

  /** @returns the key to pass to {@link release}, or undefined if the address has a count of `max` already */
  take(address: string, max: number): string | undefined {
    const key = addressKey(address);
    const held = this.counts.get(key) ?? 0;
    if (held >= max) return undefined;
    this.counts.set(key, held + 1);
    return key;
  }

  release(key: string): void {
    const left = (this.counts.get(key) ?? 0) - 1;
    if (left > 0) this.counts.set(key, left);
    else this.counts.delete(key);
  }
}
