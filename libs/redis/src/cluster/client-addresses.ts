import type { AddressClaim } from '@skreaver/nestjs-ws';
import type { Keys } from '../keys/keys.js';
import type { RedisLink } from '../link/redis-link.js';
import { CLAIM, RELEASE } from '../scripts/addresses.js';

/** What nobody refreshes is gone after so long. */
const TTL_MS = 3_600_000;
const REFRESH_MS = TTL_MS / 3;
const RELEASED_AT_ONCE = 500;

/** The connections of client addresses, counted by node: what a node says is absolute, and ends with its lease. */
export class ClientAddresses {
  /** When the keys were refreshed last; undefined while this node has claimed nothing. */
  private refreshedAt: number | undefined;

  constructor(
    /** To the Redis that counts now. */
    private readonly way: () => RedisLink,
    private readonly keys: Keys,
    private readonly node: string,
  ) {}

  private get link(): RedisLink {
    return this.way();
  }

  async claim(claims: readonly AddressClaim[], max: number): Promise<readonly number[]> {
    this.refreshedAt = performance.now();
    const triples = claims.flatMap(({ address, held, wanted }) => [address, held, wanted]);
    return (await this.link.run(CLAIM, this.keysOf(this.node), [max, TTL_MS, ...triples])) as number[];
  }

  /** Keeps what this node has said from expiring. */
  async refresh(): Promise<void> {
    if (this.refreshedAt !== undefined && performance.now() - this.refreshedAt > REFRESH_MS) await this.claim([], 0);
  }

  /** Counts off the connections of a dead node, or of this one, which leaves. */
  async countOff(node: string): Promise<void> {
    const args = ['', node, node === this.node ? '1' : '', RELEASED_AT_ONCE];
    while (Number(await this.link.run(RELEASE, [...this.keysOf(node), this.keys.control.nodes], args)) > 0);
  }

  private keysOf(node: string): [all: string, ofNode: string] {
    return [this.keys.addresses, this.keys.addressesOfNode(node)];
  }
}
