import type { Member, PresenceStats } from './backplane.js';

interface MemberEntry {
  connections: number;
  infoJson: string | undefined;
}

/** The members of one channel. */
class MemberEntries extends Map<string, MemberEntry> {
  /** The number of connections of all members, kept incrementally because every join reads it. */
  connections = 0;
}

/** The members of each channel. Bounded by the connections that join; `forget` removes a user without connections. */
export class MemoryPresence {
  private readonly channels = new Map<string, MemberEntries>();

  /** Channels with members. */
  get size(): number {
    return this.channels.size;
  }

  /**
   * Counts a connection of the user. Returns true if the user was not a member. The newest info replaces the earlier
   * one.
   */
  join(channel: string, userId: string, infoJson: string | undefined): boolean {
    const members = this.channels.get(channel) ?? new MemberEntries();
    this.channels.set(channel, members);
    const member = members.get(userId);
    members.set(userId, { connections: (member?.connections ?? 0) + 1, infoJson });
    members.connections += 1;
    return member === undefined;
  }

  /**
   * Counts a connection off. Returns how many the user still has; without any, the user stays a member until `forget`.
   */
  leave(channel: string, userId: string): number {
    const members = this.channels.get(channel);
    const member = members?.get(userId);
    if (members === undefined || member === undefined || member.connections === 0) return 0;
    member.connections -= 1;
    members.connections -= 1;
    return member.connections;
  }

  /** Removes a member without connections. Returns false if the user has connections or is not a member. */
  forget(channel: string, userId: string): boolean {
    const members = this.channels.get(channel);
    if (members?.get(userId)?.connections !== 0) return false;
    members.delete(userId);
    if (members.size === 0) this.channels.delete(channel);
    return true;
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
  }
}
