import { addressKey } from '../address/index.js';
import { TokenBucket } from './token-bucket.js';

/** Number of addresses at which full buckets are first swept out, and the maximum number of addresses. */
const SWEEP_AT = 1024;
const MAX_ADDRESSES = 100_000;
/** Maximum number of addresses after a sweep. It leaves room, so that the next sweep is not due at once. */
const KEPT_BY_SWEEP = MAX_ADDRESSES / 2;

/** A token bucket per client address (IPv6: per /64), forgotten once it is full again. */
export class AddressLimiter {
  private readonly buckets = new Map<string, TokenBucket>();
  private sweepAt = SWEEP_AT;

  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
  ) {}

  /** Takes a token of the address. Returns 0, or the ms until there will be one. */
  take(clientAddress: string): number {
    return this.bucketOf(addressKey(clientAddress)).take();
  }

  /** The ms until the address has a token; takes none. */
  waitMs(clientAddress: string): number {
    return this.buckets.get(addressKey(clientAddress))?.waitMs() ?? 0;
  }

  get size(): number {
    return this.buckets.size;
  }

  private bucketOf(key: string): TokenBucket {
    let bucket = this.buckets.get(key);
    if (bucket === undefined) {
      if (this.buckets.size >= this.sweepAt) this.sweep();
      bucket = new TokenBucket(this.perSecond, this.burst);
      this.buckets.set(key, bucket);
    }
    return bucket;
  }

  /**
   * Removes full buckets, and the oldest ones above `KEPT_BY_SWEEP`. The next sweep comes when the map has doubled, so
   * that sweeping stays cheap under a flood of addresses.
   */
  private sweep(): void {
    for (const [key, bucket] of this.buckets) if (bucket.isFull) this.buckets.delete(key);
    for (const key of this.buckets.keys()) {
      if (this.buckets.size <= KEPT_BY_SWEEP) break;
      this.buckets.delete(key);
    }
    this.sweepAt = Math.min(MAX_ADDRESSES, Math.max(SWEEP_AT, this.buckets.size * 2));
  }
}
