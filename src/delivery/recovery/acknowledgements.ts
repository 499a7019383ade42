import { Inject, Injectable } from '@nestjs/common';
import type { Position } from '@skreaver/protocol';
import { Backplane } from '../../backplane/index.js';
import { SubscriberIndex } from '../../channel/index.js';
import { type ResolvedConfig, SkreaverWsConfig } from '../../config/index.js';
import type { ClientConnection } from '../../connection/index.js';
import { ThrottledLog, describeError } from '../../metrics/index.js';
import { OpenChannels } from '../channel/open-channels.js';

/** A position of one user in one channel that is being stored. */
interface Write {
  position: Position;
  /** The furthest position that was acknowledged meanwhile. */
  next: Position | undefined;
}

/**
 * Writes acknowledged positions to the backplane (PROTOCOL §6). At most one write is under way for each user and
 * channel. Of the positions that come meanwhile, only the furthest waits (conflation). So a client may acknowledge
 * every event and disconnect at any moment. The backplane is never asked to store positions faster than it can.
 */
@Injectable()
export class Acknowledgements {
  /** The writes under way, by user id and then by channel. */
  private readonly writes = new Map<string, Map<string, Write>>();

  constructor(
    @Inject(SkreaverWsConfig) private readonly config: ResolvedConfig,
    private readonly backplane: Backplane,
    private readonly index: SubscriberIndex,
    private readonly channels: OpenChannels,
    private readonly log: ThrottledLog,
  ) {}

  /** Users with a write under way. */
  get size(): number {
    return this.writes.size;
  }

  /**
   * Acknowledges an offset for the user of a subscriber. Ignores an offset above the last one that has arrived at this
   * node.
   * @returns a promise of this write if more of the user's writes are under way than `maxSubscriptionsPerConnection`:
   * the client should wait for it; it never rejects
   */
  take(connection: ClientConnection, channel: string, offset: number): Promise<void> | undefined {
    const { userId } = connection;
    const top = this.channels.find(channel)?.position;
    if (userId === undefined || top === undefined || offset > top.offset) return undefined;
    if (!this.index.has(connection, channel)) return undefined;
    const position = { epoch: top.epoch, offset };
    const write = this.writes.get(userId)?.get(channel);
    if (write === undefined) return this.begin(connection, userId, channel, position);
    if (isFurther(position, write.next ?? write.position)) write.next = position;
    return undefined;
  }

  /** Finds the position that the user of a connection acknowledged last, writes under way included. */
  async find({ userId }: ClientConnection, channel: string): Promise<Position | undefined> {
    if (userId === undefined) return undefined;
    const write = this.writes.get(userId)?.get(channel);
    const taken = write?.next ?? write?.position;
    const stored = await this.backplane.acknowledged(channel, userId);
    return stored === undefined || (taken !== undefined && isFurther(taken, stored)) ? taken : stored;
  }

  private begin(
    connection: ClientConnection,
    userId: string,
    channel: string,
    position: Position,
  ): Promise<void> | undefined {
    const ofUser = this.writes.get(userId) ?? new Map<string, Write>();
    this.writes.set(userId, ofUser);
    const write = { position, next: undefined };
    ofUser.set(channel, write);
    const stored = this.store(connection, userId, channel, write);
    return ofUser.size > this.config.maxSubscriptionsPerConnection ? stored : undefined;
  }

  /** Stores a position, then the furthest one that came meanwhile. Resolves after the first. Never rejects. */
  private async store(connection: ClientConnection, userId: string, channel: string, write: Write): Promise<void> {
    try {
      await this.backplane.acknowledge(channel, userId, write.position);
    } catch (error) {
      const fields = { connection_id: connection.id, user_id: userId, channel, error: describeError(error) };
      this.log.write('error', connection, 'acknowledged position could not be stored', fields);
    }
    if (write.next === undefined) return this.end(userId, channel);
    write.position = write.next;
    write.next = undefined;
    void this.store(connection, userId, channel, write);
  }

  private end(userId: string, channel: string): void {
    const ofUser = this.writes.get(userId);
    ofUser?.delete(channel);
    if (ofUser?.size === 0) this.writes.delete(userId);
  }
}

/**
 * True if `position` is later than `other`. Epochs have no order, so in another epoch the newer acknowledgement counts
 * as later.
 */
const isFurther = (position: Position, other: Position): boolean =>
  position.epoch !== other.epoch || position.offset > other.offset;
