import { Inject, Injectable } from '@nestjs/common';
import type { Position } from '@skreaver/protocol';
import { Backplane } from '../../backplane/index.js';
import { SubscriberIndex } from '../../channel/index.js';
import { SKREAVER_WS_CONFIG, type ResolvedConfig } from '../../config/index.js';
import type { Connection } from '../../connection/index.js';
import { ThrottledLog, describeError } from '../../metrics/index.js';
import { OpenChannels } from '../channel/open-channels.js';

/** A position of one user in one channel that is being stored. */
interface Write {
  position: Position;
  /** What was acknowledged meanwhile: the furthest of it. */
  next: Position | undefined;
}

/**
 * How far users have got (protocol §6), on its way to the backplane. One write is under way for a user and channel, and of
 * what comes meanwhile the furthest waits: so a client may acknowledge every event, and end in any moment, and nothing is
 * stored more often than the backplane can.
 */
@Injectable()
export class Acknowledgements {
  /** By user and channel. */
  private readonly writes = new Map<string, Map<string, Write>>();

  constructor(
    @Inject(SKREAVER_WS_CONFIG) private readonly config: ResolvedConfig,
    private readonly backplane: Backplane,
    private readonly index: SubscriberIndex,
    private readonly channels: OpenChannels,
    private readonly log: ThrottledLog,
  ) {}

  /** Users of whom something is being stored. */
  get size(): number {
    return this.writes.size;
  }

  /**
   * Takes note of how far the user of a subscriber has got. What is not of a position that it can have is left out.
   * @returns a promise where so much of the user is being stored already that the client had better wait; it never rejects
   */
  take(connection: Connection, channel: string, offset: number): Promise<void> | undefined {
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

  /** How far the user of a connection has got, what is still being stored taken into account. */
  async find({ userId }: Connection, channel: string): Promise<Position | undefined> {
    if (userId === undefined) return undefined;
    const write = this.writes.get(userId)?.get(channel);
    const taken = write?.next ?? write?.position;
    const stored = await this.backplane.acknowledged(channel, userId);
    return stored === undefined || (taken !== undefined && isFurther(taken, stored)) ? taken : stored;
  }

  private begin(
    connection: Connection,
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

  /** Never rejects. Who waits for one write does not wait for the next. */
  private async store(connection: Connection, userId: string, channel: string, write: Write): Promise<void> {
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

/** Of two epochs, which is the later cannot be told: that which was said last is taken for it. */
const isFurther = (position: Position, other: Position): boolean =>
  position.epoch !== other.epoch || position.offset > other.offset;
