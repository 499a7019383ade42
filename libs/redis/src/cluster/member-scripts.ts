import type { Keys } from '../keys/keys.js';
import type { TestTime } from '../test-time.js';

/** The keys and arguments with which the scripts of members begin. */
export class MemberScripts {
  constructor(
    private readonly keys: Keys,
    private readonly time: TestTime,
  ) {}

  keysOf(channel: string): string[] {
    const { arrivals, infos, announcements, counts, stats, away } = this.keys.presence(channel);
    return [arrivals, infos, announcements, counts, stats, away];
  }

  keysOfNode(channel: string, node: string): [users: string, channels: string] {
    return [this.keys.presenceOfNode(channel, node), this.keys.channelsOfNode(channel, node)];
  }

  about(channel: string): [time: number | '', channel: string, events: string] {
    return [this.time(), channel, this.keys.events(channel)];
  }
}
