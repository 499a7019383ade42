import { hash } from 'node:crypto';
import { ControlKeys } from './control-keys.js';
import { PARTITION_TAGS, partitionOf } from './partition.js';

/** Part of every key: another format of what is kept has another number, so that both can run on one Redis. */
const FORMAT = 'sk1';
/** The hash tag of what is kept once for all nodes. */
export const CONTROL_TAG = 'sk';

/** The keys of the members of one channel. */
export interface PresenceKeys {
  /** Sorted set: users by their arrival. */
  readonly arrivals: string;
  /** Hash: user to the application's information. */
  readonly infos: string;
  /** Hash: user to the data of join and leave events. */
  readonly announcements: string;
  /** Hash: user to connections on all nodes. */
  readonly counts: string;
  /** Hash: `c` connections of all users, `d` the leave delay. */
  readonly stats: string;
  /** Sorted set of the partition: channel and user, by the time at which the absence is over. */
  readonly away: string;
}

/** The names of all keys and Pub/Sub channels. No other name is ever read or written. */
export class Keys {
  /** Of the Redis that commands go through. */
  readonly control: ControlKeys;
  /** Stream: commands that a node which was cut off has to catch up with. */
  readonly commands: string;
  /** Pub/Sub: commands to all nodes. */
  readonly everyNode: string;
  /** Hash: address to connections on all nodes. */
  readonly addresses: string;
  private readonly formatted: string;

  /**
   * @param prefix separates environments that share one Redis
   * @param placeOf the channel in whose partition a channel is
   */
  constructor(
    prefix: string,
    private readonly placeOf: (channel: string) => string = (channel) => channel,
  ) {
    this.formatted = `${prefix}${FORMAT}:`;
    this.control = this.controlAt(CONTROL_TAG);
    const control = `${this.formatted}{${CONTROL_TAG}}:`;
    this.commands = `${control}cmd`;
    this.everyNode = `${control}all`;
    this.addresses = `${control}addr`;
  }

  /** The number of the partition that a channel is in. */
  partitionOf(channel: string): number {
    return partitionOf(this.placeOf(channel));
  }

  /** Those of a Redis that has the slot of a tag. */
  controlAt(tag: string): ControlKeys {
    return new ControlKeys(this.formatted, tag);
  }

  /** Hash: address to connections on this node. */
  addressesOfNode(node: string): string {
    return `${this.addresses}:${node}`;
  }

  /** Pub/Sub: the events of a channel. */
  events(channel: string): string {
    return this.of(channel, 'c');
  }

  /** The channel whose events these are. */
  channelOf(events: string): string {
    return events.slice(events.indexOf('}:c:') + 4);
  }

  /**
   * Hash: `e` epoch, `s` offset, `r` replication id, `l` TTL of events in ms, `o` time of the oldest event or earlier, `f`
   * the position at which the last epoch but one ended.
   */
  position(channel: string): string {
    return this.of(channel, 'm');
  }

  /** Stream: the events that are kept; ids are `offset-time`. */
  history(channel: string): string {
    return this.of(channel, 'h');
  }

  /** Hash: user to the acknowledged position. */
  acknowledged(channel: string): string {
    return this.of(channel, 'a');
  }

  /** What came of the publication with this key. The key is hashed, as a client chooses its length and its bytes. */
  idempotency(channel: string, userId: string | undefined, key: string): string {
    const owner = JSON.stringify(userId === undefined ? [key] : [key, userId]);
    return `${this.of(channel, 'i')}\n${hash('sha1', owner, 'base64url')}`;
  }

  presence(channel: string): PresenceKeys {
    const of = (kind: string): string => this.of(channel, kind);
    const [arrivals, infos, announcements] = [of('po'), of('pi'), of('pj')];
    return {
      arrivals,
      infos,
      announcements,
      counts: of('pt'),
      stats: of('ps'),
      away: this.away(this.partitionOf(channel)),
    };
  }

  /** Hash: user to connections on this node. */
  presenceOfNode(channel: string, node: string): string {
    return `${this.of(channel, 'pn')}\n${node}`;
  }

  /** Set: the channels of a partition in which the node has members. */
  channelsOfNode(channel: string, node: string): string {
    return this.channelsOfNodeIn(this.partitionOf(channel), node);
  }

  channelsOfNodeIn(partition: number, node: string): string {
    return `${this.ofPartition(partition)}pc:${node}`;
  }

  /** String: another one since the node has come back after its lease had ended. */
  fence(partition: number, node: string): string {
    return `${this.ofPartition(partition)}pf:${node}`;
  }

  /** Sorted set: channel and user, by the time at which the absence is over. */
  away(partition: number): string {
    return `${this.ofPartition(partition)}pa`;
  }

  private of(channel: string, kind: string): string {
    return `${this.ofPartition(this.partitionOf(channel))}${kind}:${channel}`;
  }

  private ofPartition(partition: number): string {
    return `${this.formatted}{${PARTITION_TAGS[partition]}}:`;
  }
}
