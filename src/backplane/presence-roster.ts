import type { Member, PresenceStats } from './backplane.js';

interface Seat {
  connections: number;
  infoJson: string | undefined;
}

/** Who is present in which channel. Bounded by those who join: a user without connections goes by `forget`. */
export class PresenceRoster {
  private readonly channels = new Map<string, Map<string, Seat>>();

  /** Returns true when the user was not there. The newest info is the user's. */
  join(channel: string, userId: string, infoJson: string | undefined): boolean {
    const seats = this.channels.get(channel) ?? new Map<string, Seat>();
    this.channels.set(channel, seats);
    const seat = seats.get(userId);
    seats.set(userId, { connections: (seat?.connections ?? 0) + 1, infoJson });
    return seat === undefined;
  }

  /** Returns the connections left; the user stays a member. */
  leave(channel: string, userId: string): number {
    const seat = this.channels.get(channel)?.get(userId);
    if (seat === undefined) return 0;
    seat.connections = Math.max(0, seat.connections - 1);
    return seat.connections;
  }

  /** Returns false when the user is connected, or no member. */
  forget(channel: string, userId: string): boolean {
    const seats = this.channels.get(channel);
    if (seats?.get(userId)?.connections !== 0) return false;
    seats.delete(userId);
    if (seats.size === 0) this.channels.delete(channel);
    return true;
  }

  /** Those who came first, at most `limit`. */
  members(channel: string, limit: number): Member[] {
    const members: Member[] = [];
    for (const [userId, { connections, infoJson }] of this.seatsOf(channel)) {
      if (members.length >= limit) break;
      members.push({ userId, connections, infoJson });
    }
    return members;
  }

  stats(channel: string): PresenceStats {
    const seats = this.seatsOf(channel);
    let connections = 0;
    for (const seat of seats.values()) connections += seat.connections;
    return { connections, users: seats.size };
  }

  clear(): void {
    this.channels.clear();
  }

  private seatsOf(channel: string): ReadonlyMap<string, Seat> {
    return this.channels.get(channel) ?? new Map<string, Seat>();
  }
}
