import { randomBytes } from 'node:crypto';
import type { ControlKeys } from '../keys/control-keys.js';
import type { Keys } from '../keys/keys.js';
import type { RedisLink } from '../link/redis-link.js';
import { BURY, IS_DEAD } from '../scripts/nodes.js';
import { REAP } from '../scripts/presence.js';
import type { TestTime } from '../test-time.js';
import { MemberScripts } from './member-scripts.js';

const LOCK_MS = 5000;
const FENCE_MS = 3_600_000;
const REAPED_AT_ONCE = 500;

/**
 * Counts off the members of nodes that are dead. A lease and members are in other partitions, so that no script sees both.
 * A fence in each partition decides instead: a node that comes back after its lease has ended replaces its fences before it
 * says anything, and a reaper reads them before it looks whether the lease has ended.
 */
export class Reaper {
  private readonly reaping = new Set<string>();
  private readonly scripts: MemberScripts;

  constructor(
    private readonly link: RedisLink,
    private readonly keys: Keys,
    private readonly node: string,
    private readonly control: () => ControlKeys,
    private readonly partitions: () => readonly number[],
    time: TestTime,
  ) {
    this.scripts = new MemberScripts(keys, time);
  }

  /** Counts off the connections of a dead node, unless another node is at it. */
  async reap(node: string): Promise<void> {
    if (this.reaping.has(node)) return;
    this.reaping.add(node);
    try {
      const args = [this.control().reaper(node), this.node, 'NX', 'PX', LOCK_MS];
      if ((await this.link.call('SET', args, 'write')) !== null) await this.countOffDead(node);
    } finally {
      this.reaping.delete(node);
    }
  }

  /** Counts off the connections of this node, which leaves. */
  async leave(): Promise<void> {
    const { node } = this;
    for (const [, channels] of await this.channelsOf(node)) {
      for (const channel of channels) await this.countOff(channel, node, undefined);
    }
    await this.link.run(BURY, [this.control().nodes], ['', node, '1']);
  }

  /** Has those stop that take this node for dead: what it says from now on is not counted off. */
  async fence(): Promise<void> {
    const fence = randomBytes(6).toString('base64url');
    const keys = this.partitions().map((partition) => this.keys.fence(partition, this.node));
    await Promise.all(keys.map((key) => this.link.call('SET', [key, fence, 'PX', FENCE_MS], 'write')));
  }

  /** The channels in which a node has members, by partition. */
  async channelsOf(node: string): Promise<[partition: number, channels: string[]][]> {
    const sets = this.partitions().map(async (partition): Promise<[number, string[]]> => {
      const channels = await this.link.call('SMEMBERS', [this.keys.channelsOfNodeIn(partition, node)], 'read');
      return [partition, channels as string[]];
    });
    return (await Promise.all(sets)).filter(([, channels]) => channels.length > 0);
  }

  private async countOffDead(node: string): Promise<void> {
    const fenced = (await this.channelsOf(node)).map(async ([partition, channels]) => {
      const fence = (await this.link.call('GET', [this.keys.fence(partition, node)], 'read')) as string | null;
      return [fence ?? '', channels] as const;
    });
    const ofPartitions = await Promise.all(fenced);
    if ((await this.link.run(IS_DEAD, [this.control().nodes], ['', node], 'read')) !== 1) return;
    for (const [fence, channels] of ofPartitions) {
      for (const channel of channels) if (!(await this.countOff(channel, node, fence))) return;
    }
    await this.link.run(BURY, [this.control().nodes], ['', node, '']);
  }

  /** @returns whether the node is still dead */
  private async countOff(channel: string, node: string, fence: string | undefined): Promise<boolean> {
    const { scripts } = this;
    const ofNode = [...scripts.keysOfNode(channel, node), this.keys.fence(this.keys.partitionOf(channel), node)];
    const keys = [...scripts.keysOf(channel), ...ofNode];
    const isItself = fence === undefined ? '1' : '';
    const args = [...scripts.about(channel), fence ?? '', isItself, REAPED_AT_ONCE];
    let left: number;
    do left = Number(await this.link.run(REAP, keys, args));
    while (left > 0);
    return left === 0;
  }
}
