import type { TestTime } from '../test-time.js';
import type { Member, PresenceStats, PresenceUpdate } from '@skreaver/nestjs-ws';
import { announcementOf } from '../events/event-text.js';
import type { Keys } from '../keys/keys.js';
import type { RedisLink } from '../link/redis-link.js';
import { BURY } from '../scripts/nodes.js';
import { DUE, MEMBERS_OF, PRESENT, REAP, SWEEP } from '../scripts/presence.js';

/** What nobody refreshes is gone after so long. */
const PRESENCE_TTL_MS = 3_600_000;
const REFRESH_MS = PRESENCE_TTL_MS / 3;
const REAPER_MS = 5000;
const REAPED_AT_ONCE = 500;
const SWEPT_AT_ONCE = 100;

/** The members of channels, counted by node: what a node says is absolute, and ends with its lease. */
export class RedisPresence {
  private readonly reaping = new Set<string>();
  /** The users with connections here, by channel, as they were said last. */
  private readonly said = new Map<string, Set<string>>();
  /** The replication history in which the connections of this node were compared. */
  private audited = '';
  private isSweeping = false;
  private refreshedAt = performance.now();

  constructor(
    private readonly link: RedisLink,
    private readonly keys: Keys,
    private readonly node: string,
    private readonly time: TestTime,
  ) {}

  async present(update: PresenceUpdate): Promise<void> {
    const { channel, userId, connections, infoJson, announcementJson, leaveDelay, isQuiet = false } = update;
    this.note(channel, userId, connections);
    const announcement = announcementJson === undefined ? ['', ''] : ['1', announcementOf(announcementJson)];
    const info = infoJson === undefined ? ['', ''] : ['1', infoJson];
    const quiet = isQuiet ? '1' : '';
    await this.link.run(
      PRESENT,
      [...this.membersOf(channel), ...this.ofNode(channel, this.node)],
      [...this.about(channel), userId, connections, leaveDelay, PRESENCE_TTL_MS, ...info, ...announcement, quiet],
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
      const due = (await this.link.run(DUE, this.keys.awayInAll(), [this.time(), SWEPT_AT_ONCE], 'read')) as string[];
      await Promise.all(due.map((member) => this.sweepMember(member)));
    } finally {
      this.isSweeping = false;
    }
  }

  /** Counts off the connections of a dead node, unless another node is at it. */
  async reap(node: string): Promise<void> {
    if (this.reaping.has(node)) return;
    this.reaping.add(node);
    try {
      const args = [this.keys.reaper(node), this.node, 'NX', 'PX', REAPER_MS];
      if ((await this.link.call('SET', args, 'write')) !== null) await this.countOff(node, '');
    } finally {
      this.reaping.delete(node);
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
      if (!isFirst) for (const channel of await this.channelsOf(this.node)) await this.auditChannel(channel);
    } catch (error) {
      this.audited = 'failed';
      throw error;
    }
  }

  /** Counts off the connections of this node, which leaves. */
  leave(): Promise<void> {
    this.said.clear();
    return this.countOff(this.node, '1');
  }

  /** Keeps what this node has said from expiring. */
  async refresh(): Promise<void> {
    if (performance.now() - this.refreshedAt < REFRESH_MS) return;
    this.refreshedAt = performance.now();
    for (const channel of await this.channelsOf(this.node)) {
      const kept = [...this.membersOf(channel).slice(0, 5), ...this.ofNode(channel, this.node)];
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
    const [users] = this.ofNode(channel, this.node);
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

  private async countOff(node: string, isItself: '' | '1'): Promise<void> {
    for (const channel of await this.channelsOf(node)) {
      const keys = [...this.membersOf(channel), ...this.ofNode(channel, node), this.keys.nodes];
      const args = [...this.about(channel), node, isItself, REAPED_AT_ONCE];
      while (Number(await this.link.run(REAP, keys, args)) > 0);
    }
    await this.link.run(BURY, [this.keys.nodes], ['', node, isItself]);
  }

  private async channelsOf(node: string): Promise<string[]> {
    const sets = this.keys.channelsOfNodeInAll(node).map((key) => this.link.call('SMEMBERS', [key], 'read'));
    return ((await Promise.all(sets)) as string[][]).flat();
  }

  private async sweepMember(member: string): Promise<void> {
    const end = member.indexOf('\n');
    const channel = member.slice(0, end);
    await this.link.run(SWEEP, this.membersOf(channel), [...this.about(channel), member.slice(end + 1)]);
  }

  private about(channel: string): [time: number | '', channel: string, events: string] {
    return [this.time(), channel, this.keys.events(channel)];
  }

  private membersOf(channel: string): string[] {
    const { arrivals, infos, announcements, counts, stats, away } = this.keys.presence(channel);
    return [arrivals, infos, announcements, counts, stats, away];
  }

  private ofNode(channel: string, node: string): [users: string, channels: string] {
    return [this.keys.presenceOfNode(channel, node), this.keys.channelsOfNode(channel, node)];
  }
}
