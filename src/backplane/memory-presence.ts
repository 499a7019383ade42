import type { Member, PresenceStats } from './backplane.js';

interface MemberEntry {
  connections: number;
  infoJson: string | undefined;
}

/** The members of one channel. */
class MemberEntries extends Map<string, MemberEntry> {
  /** The total over all members, kept incrementally because every join reads it. */
  connections = 0;
}

/** The members of each channel. Bounded by the connections that join; `forget` removes a user without connections. */
export class MemoryPresence {
  private readonly channels = new Map<string, MemberEntries>();

  /** Channels with members. */
  get size(): number {
    return this.channels.size;
  }

  /** Returns true when the user was not there. The newest info is the user's. */
  join(channel: string, userId: string, infoJson: string | undefined): boolean {
    const members = this.channels.get(channel) ?? new MemberEntries();
    this.channels.set(channel, members);
    const member = members.get(userId);
    members.set(userId, { connections: (member?.connections ?? 0) + 1, infoJson });
    members.connections += 1;
    return member === undefined;
  }

  /** Returns the connections left; the user stays a member. */
  leave(channel: string, userId: string): number {
    const members = this.channels.get(channel);
    const member = members?.get(userId);
    if (members === undefined || member === undefined || member.connections === 0) return 0;
    member.connections -= 1;
    members.connections -= 1;
    return member.connections;
  }

  /** Returns false when the user is connected, or no member. */
  forget(channel: string, userId: string): boolean {
    const members = this.channels.get(channel);
    if (members?.get(userId)?.connections !== 0) return false;
    members.delete(userId);
    if (members.size === 0) this.channels.delete(channel);
    return true;
  }

  /** Those who came first, at most `limit`. */
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
