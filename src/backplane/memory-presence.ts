import type { Member, PresenceStats } from './backplane.js';

interface Seat {
  connections: number;
  infoJson: string | undefined;
}

/** The members of one channel. */
class Seats extends Map<string, Seat> {
  /** Of all seats together: read with every join where joins are told. */
  connections = 0;
}

/** Who is present in which channel. Bounded by those who join: a user without connections goes by `forget`. */
export class PresenceRoster {
  private readonly channels = new Map<string, Seats>();

  /** Channels with members. */
  get size(): number {
    return this.channels.size;
  }

  /** Returns true when the user was not there. The newest info is the user's. */
  join(channel: string, userId: string, infoJson: string | undefined): boolean {
    const seats = this.channels.get(channel) ?? new Seats();
    this.channels.set(channel, seats);
    const seat = seats.get(userId);
    seats.set(userId, { connections: (seat?.connections ?? 0) + 1, infoJson });
    seats.connections += 1;
    return seat === undefined;
  }

  /** Returns the connections left; the user stays a member. */
  leave(channel: string, userId: string): number {
    const seats = this.channels.get(channel);
    const seat = seats?.get(userId);
    if (seats === undefined || seat === undefined || seat.connections === 0) return 0;
    seat.connections -= 1;
    seats.connections -= 1;
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
    for (const [userId, { connections, infoJson }] of this.channels.get(channel) ?? []) {
      if (members.length >= limit) break;
      members.push({ userId, connections, infoJson });
    }
    return members;
  }

  stats(channel: string): PresenceStats {
    const seats = this.channels.get(channel);
    return { connections: seats?.connections ?? 0, users: seats?.size ?? 0 };
  }

  clear(): void {
    this.channels.clear();
  }
}
