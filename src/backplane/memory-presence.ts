import type { Member, PresenceStats, PresenceUpdate } from './backplane.js';
import { Linked, LinkedList } from './linked-list.js';

/** A user who became or ceased to be a member. */
export interface PresenceChange {
  readonly kind: 'join' | 'leave';
  readonly channel: string;
  readonly announcementJson: string | undefined;
  /** The users of the channel, with the one that left. */
  readonly users: number;
}

/** The members of one channel, in the order in which they joined. */
class ChannelMembers extends Map<string, PresentUser> {
  /** The number of connections of all members. */
  connections = 0;

  constructor(readonly channel: string) {
    super();
  }
}

/** A member of a channel. Away while it is in a list. */
class PresentUser extends Linked<PresentUser> {
  /** The number of connections on all nodes. */
  connections = 0;
  infoJson: string | undefined;
  announcementJson: string | undefined;
  /** When the user leaves, in ms of a monotonic clock. Counts while the user is away. */
  absentUntil = 0;

  constructor(
    readonly members: ChannelMembers,
    readonly userId: string,
  ) {
    super();
  }
}

/**
 * The members of each channel, with their connections on each node. Bounded by the connections that are reported. Users
 * who are away stand in a list by their leave delay, so that the first of a list is the first to leave, and nobody needs
 * a timer.
 */
export class MemoryPresence {
  private readonly channels = new Map<string, ChannelMembers>();
  /** The connections of each user by node; of those who have any there. */
  private readonly nodes = new Map<string, Map<PresentUser, number>>();
  private readonly away = new Map<number, LinkedList<PresentUser>>();

  /** Channels with members. */
  get size(): number {
    return this.channels.size;
  }

  /**
   * Sets the connections of a user on a node.
   * @param now of a monotonic clock, in ms
   */
  set(node: string, update: PresenceUpdate, now: number): PresenceChange | undefined {
    const { channel, userId, connections, infoJson, announcementJson, leaveDelay } = update;
    const known = this.channels.get(channel)?.get(userId);
    if (known === undefined && connections === 0) return undefined;
    const user = known ?? this.add(channel, userId);
    this.count(node, user, connections);
    if (connections === 0) return this.settle(user, leaveDelay, now);
    user.infoJson = infoJson;
    user.announcementJson = announcementJson;
    user.list?.remove(user);
    return known === undefined ? changeOf('join', user) : undefined;
  }

  /** Removes the members whose absence is over. */
  expire(now: number): PresenceChange[] {
    const left: PresenceChange[] = [];
    for (const [leaveDelay, list] of this.away) {
      for (let user = list.first; user !== undefined && user.absentUntil <= now; user = list.first) {
        left.push(this.remove(user));
      }
      if (list.first === undefined) this.away.delete(leaveDelay);
    }
    return left;
  }

  /** Sets the connections of a node that is gone to 0: its users are away from now on. */
  removeNode(node: string, leaveDelay: number, now: number): PresenceChange[] {
    const users = [...(this.nodes.get(node)?.keys() ?? [])];
    return users.flatMap((user) => {
      this.count(node, user, 0);
      return this.settle(user, leaveDelay, now) ?? [];
    });
  }

  /** Returns at most `limit` members, in the order in which they joined. */
  members(channel: string, limit: number): Member[] {
    const members: Member[] = [];
    for (const [userId, { connections, infoJson }] of this.channels.get(channel) ?? []) {
      if (members.length >= limit) break;
      members.push({ userId, connections, infoJson });
    }
    return members;
  }

  stats(channel: string): PresenceStats {
    const members = this.channels.get(channel);
    return { connections: members?.connections ?? 0, users: members?.size ?? 0 };
  }

  clear(): void {
    this.channels.clear();
    this.nodes.clear();
    this.away.clear();
  }

  private add(channel: string, userId: string): PresentUser {
    const members = this.channels.get(channel) ?? new ChannelMembers(channel);
    this.channels.set(channel, members);
    const user = new PresentUser(members, userId);
    members.set(userId, user);
    return user;
  }

  private count(node: string, user: PresentUser, connections: number): void {
    const counts = this.nodes.get(node) ?? new Map<PresentUser, number>();
    const more = connections - (counts.get(user) ?? 0);
    user.connections += more;
    user.members.connections += more;
    if (connections === 0) counts.delete(user);
    else counts.set(user, connections);
    if (counts.size === 0) this.nodes.delete(node);
    else this.nodes.set(node, counts);
  }

  /** Has a user without connections be away, or leave. An absence that has begun goes on, however often it is said. */
  private settle(user: PresentUser, leaveDelay: number, now: number): PresenceChange | undefined {
    if (user.connections > 0) return undefined;
    if (leaveDelay === 0) return this.remove(user);
    if (user.list !== undefined) return undefined;
    user.absentUntil = now + leaveDelay;
    this.listOf(leaveDelay).moveToEnd(user);
    return undefined;
  }

  private remove(user: PresentUser): PresenceChange {
    const change = changeOf('leave', user);
    const { members } = user;
    user.list?.remove(user);
    members.delete(user.userId);
    if (members.size === 0) this.channels.delete(members.channel);
    return change;
  }

  /** The leave delay is an option of the server, so there are few lists. */
  private listOf(leaveDelay: number): LinkedList<PresentUser> {
    const known = this.away.get(leaveDelay);
    if (known !== undefined) return known;
    const list = new LinkedList<PresentUser>();
    this.away.set(leaveDelay, list);
    return list;
  }
}

const changeOf = (kind: PresenceChange['kind'], { members, announcementJson }: PresentUser): PresenceChange => ({
  kind,
  channel: members.channel,
  announcementJson,
  users: members.size,
});
