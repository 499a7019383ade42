import type { TestTime } from '../test-time.js';
import type { Member, PresenceStats, PresenceUpdate } from '@skreaver/nestjs-ws';
import { announcementOf } from '../events/event-text.js';
import { batchesOf } from '../keys/batches.js';
import type { Keys } from '../keys/keys.js';
import type { ControlKeys } from '../keys/control-keys.js';
import { PARTITIONS } from '../keys/partition.js';
import type { RedisLink } from '../link/redis-link.js';
import { DUE, MEMBERS_OF, PRESENT, SWEEP } from '../scripts/presence.js';
import { MemberScripts } from './member-scripts.js';
import { Reaper } from './reaper.js';

/** What nobody refreshes is gone after so long. */
const PRESENCE_TTL_MS = 3_600_000;
const REFRESH_MS = PRESENCE_TTL_MS / 3;
const SWEPT_AT_ONCE = 100;

/** The members of channels, counted by node: what a node says is absolute, and ends with its lease. */
export class RedisPresence {
  readonly reaper: Reaper;
  private readonly scripts: MemberScripts;
  /** The replication history in which the connections of this node were compared. */
  private audited = '';
  private isSweeping = false;
  private refreshedAt = performance.now();

  constructor(
    private readonly link: RedisLink,
    private readonly keys: Keys,
    private readonly node: string,
    private readonly time: TestTime,
    /** Those that are in this Redis. */
    private readonly partitions: () => readonly number[],
    control: () => ControlKeys,
    /** The users with connections here, by channel, as they were said last, in whichever Redis. */
    private readonly said: Map<string, Set<string>>,
  ) {
    this.reaper = new Reaper(link, keys, node, control, partitions, time);
    this.scripts = new MemberScripts(keys, time);
  }

  async present(update: PresenceUpdate): Promise<void> {
    const { channel, userId, connections, infoJson, announcementJson, leaveDelay, isQuiet = false } = update;
    this.note(channel, userId, connections);
    const announcement = announcementJson === undefined ? ['', ''] : ['1', announcementOf(announcementJson)];
    const info = infoJson === undefined ? ['', ''] : ['1', infoJson];
    const quiet = isQuiet ? '1' : '';
    await this.link.run(
      PRESENT,
      [...this.scripts.keysOf(channel), ...this.scripts.keysOfNode(channel, this.node)],
      [
        ...this.scripts.about(channel),
        userId,
        connections,
        leaveDelay,
        PRESENCE_TTL_MS,
        ...info,
        ...announcement,
        quiet,
      ],
    );
  }

  async members(channel: string, limit: number): Promise<readonly Member[]> {
    if (limit <= 0) return [];
    const { arrivals, counts, infos } = this.keys.presence(channel);
    const reply = (await this.link.run(MEMBERS_OF, [arrivals, counts, infos], [limit], 'read')) as (string | null)[];
    const members: Member[] = [];
    for (let index = 0; index < reply.length; index += 3) {
      const [userId, connections, infoJson] = reply.slice(index, index + 3) as [string, string, string | null];
      members.push({ userId, connections: Number(connections), infoJson: infoJson ?? undefined });
    }
    return members;
  }

  async stats(channel: string): Promise<PresenceStats> {
    const { arrivals, stats } = this.keys.presence(channel);
    const [connections, users] = await Promise.all([
      this.link.call('HGET', [stats, 'c'], 'read'),
      this.link.call('ZCARD', [arrivals], 'read'),
    ]);
    return { connections: Number(connections ?? 0), users: Number(users) };
  }

  /** Removes the members of all channels whose absence is over. */
  async sweep(): Promise<void> {
    if (this.isSweeping) return;
    this.isSweeping = true;
    try {
      const batches = batchesOf(this.partitions(), this.link.isSharded ? 1 : PARTITIONS);
      await Promise.all(batches.map((partitions) => this.sweepIn(partitions)));
    } finally {
      this.isSweeping = false;
    }
  }

  /**
   * Says of users that they have no connection here, where a Redis that lost the last writes still counts some: they have
   * left since, and nobody would say it again.
   * @param replication the replication history, another one when writes may be lost
   */
  async audit(replication: string): Promise<void> {
    if (this.audited === replication) return;
    const isFirst = this.audited === '';
    this.audited = replication;
    try {
      if (!isFirst) for (const channel of await this.channelsOfNode()) await this.auditChannel(channel);
    } catch (error) {
      this.audited = 'failed';
      throw error;
    }
  }

  /** Counts off the connections of this node, which leaves. */
  leave(): Promise<void> {
    return this.reaper.leave();
  }

  /** Keeps what this node has said from expiring. */
  async refresh(): Promise<void> {
    if (performance.now() - this.refreshedAt < REFRESH_MS) return;
    this.refreshedAt = performance.now();
    for (const channel of await this.channelsOfNode()) {
      const kept = [...this.scripts.keysOf(channel).slice(0, 5), ...this.scripts.keysOfNode(channel, this.node)];
      await Promise.all(kept.map((key) => this.link.call('PEXPIRE', [key, PRESENCE_TTL_MS], 'read')));
    }
  }

  private note(channel: string, userId: string, connections: number): void {
    const users = this.said.get(channel) ?? new Set();
    if (connections > 0) this.said.set(channel, users.add(userId));
    else if (users.delete(userId) && users.size === 0) this.said.delete(channel);
  }

  private async auditChannel(channel: string): Promise<void> {
    const { stats } = this.keys.presence(channel);
    const [users] = this.scripts.keysOfNode(channel, this.node);
    const [counted, leaveDelay] = await Promise.all([
      this.link.call('HKEYS', [users], 'read'),
      this.link.call('HGET', [stats, 'd'], 'read'),
    ]);
    const gone = (counted as string[]).filter((userId) => this.said.get(channel)?.has(userId) !== true);
    const nothing = { connections: 0, infoJson: undefined, announcementJson: undefined };
    await Promise.all(
      gone.map((userId) => this.present({ channel, userId, ...nothing, leaveDelay: Number(leaveDelay ?? 0) })),
    );
  }

  private async channelsOfNode(): Promise<string[]> {
    return (await this.reaper.channelsOf(this.node)).flatMap(([, channels]) => channels);
  }

  private async sweepIn(partitions: readonly number[]): Promise<void> {
    const away = partitions.map((partition) => this.keys.away(partition));
    const due = (await this.link.run(DUE, away, [this.time(), SWEPT_AT_ONCE], 'read')) as string[];
    await Promise.all(due.map((member) => this.sweepMember(member)));
  }

  private async sweepMember(member: string): Promise<void> {
    const end = member.indexOf('\n');
    const channel = member.slice(0, end);
    const args = [...this.scripts.about(channel), member.slice(end + 1)];
    await this.link.run(SWEEP, this.scripts.keysOf(channel), args);
  }
}
