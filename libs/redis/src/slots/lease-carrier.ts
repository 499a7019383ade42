import type { ControlKeys } from '../keys/control-keys.js';
import type { RedisPart } from '../redis-part.js';

/**
 * Takes the leases of nodes along when partitions move. One that has died is counted off where its members are now, though
 * nobody but the former primary knew of it.
 */
export class LeaseCarrier {
  /** @param holderOf the part that has the slot of a tag now */
  constructor(
    private readonly node: string,
    private readonly holderOf: (tag: string) => RedisPart | undefined,
  ) {}

  /** Where a lease is there already, it counts. */
  async carry(from: ControlKeys, to: RedisPart): Promise<void> {
    const { nodes } = to.controlKeys;
    const holder = this.holderOf(from.tag);
    if (holder === undefined || nodes === from.nodes) return;
    const leases = (await holder.link.call('ZRANGE', [from.nodes, 0, -1, 'WITHSCORES'], 'read')) as string[];
    const pairs: string[] = [];
    for (let index = 0; index < leases.length; index += 2) pairs.push(leases[index + 1] ?? '', leases[index] ?? '');
    if (pairs.length > 0) await to.link.call('ZADD', [nodes, 'NX', ...pairs], 'write');
  }

  /** The node keeps its lease elsewhere now. What was left would be taken for the lease of a dead one later. */
  async leave(former: ControlKeys): Promise<void> {
    await this.holderOf(former.tag)?.link.call('ZREM', [former.nodes, this.node], 'write');
  }
}
