import { addressKey } from './address-key.js';

/** How many of something each address has (IPv6: each /64). */
export class AddressCounts {
  private readonly counts = new Map<string, number>();

  /** Addresses that have any. */
  get size(): number {
    return this.counts.size;
  }

  /** @returns the key to {@link release} with, or undefined when the address has `max` already */
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
