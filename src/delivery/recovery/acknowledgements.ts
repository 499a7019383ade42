import { Inject, Injectable } from '@nestjs/common';
import type { Position } from '@skreaver/protocol';
import { Backplane } from '../../backplane/index.js';
import { SubscriberIndex } from '../../channel/index.js';
import { type ResolvedConfig, SkreaverWsConfig } from '../../config/index.js';
import type { ClientConnection, ConnectionObserver } from '../../connection/index.js';
import { ThrottledLog, describeError } from '../../metrics/index.js';
import { type Timer, TimerWheel } from '../../timers/index.js';
import { OpenChannels } from '../channel/open-channels.js';

/** The least time between two writes of one user in one channel. */
const PAUSE_MS = 200;

/** A position of one user in one channel that is being stored, or was stored a moment ago. */
class Write {
  /** The furthest position that was acknowledged meanwhile. */
  next: Position | undefined;
  /** Ends when the position is stored, or could not be. */
  underWay: Promise<void> | undefined;
  /** Runs from then on. */
  pause: Timer | undefined;

  /** @param connection the last one that acknowledged */
  constructor(
    public connection: ClientConnection,
    readonly userId: string,
    readonly channel: string,
    public position: Position,
  ) {}
}

/**
 * Writes acknowledged positions to the backplane (PROTOCOL §6): the first one at once, and then, while more come, the
 * furthest one every 200 ms, for each user and channel (conflation). So a client may acknowledge every event. What waits is
 * written when a connection of the user ends, as it may come back on another node.
 */
@Injectable()
export class Acknowledgements implements ConnectionObserver {
  /** By user id and then by channel. */
  private readonly writes = new Map<string, Map<string, Write>>();

  constructor(
    @Inject(SkreaverWsConfig) private readonly config: ResolvedConfig,
    private readonly backplane: Backplane,
    private readonly index: SubscriberIndex,
    private readonly channels: OpenChannels,
    private readonly wheel: TimerWheel,
    private readonly log: ThrottledLog,
  ) {}

  /** Users with a write that is under way, or was a moment ago. */
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
    if (write === undefined) return this.begin(new Write(connection, userId, channel, position));
    write.connection = connection;
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

  onEnded({ lastIdentity }: ClientConnection): void {
    if (lastIdentity === undefined) return;
    for (const write of this.ofUser(lastIdentity.userId)) this.endPause(write);
  }

  /** Writes what waits, without pauses. Resolves when nothing is under way any more; never rejects. */
  async flush(): Promise<void> {
    const writes = [...this.writes.keys()].flatMap((userId) => this.ofUser(userId));
    await Promise.all(writes.map((write) => this.finish(write)));
  }

  private async finish(write: Write): Promise<void> {
    this.endPause(write);
    while (write.underWay !== undefined) {
      await write.underWay;
      this.endPause(write);
    }
  }

  private ofUser(userId: string): Write[] {
    return [...(this.writes.get(userId)?.values() ?? [])];
  }

  private begin(write: Write): Promise<void> | undefined {
    const { userId, channel } = write;
    const ofUser = this.writes.get(userId) ?? new Map<string, Write>();
    this.writes.set(userId, ofUser);
    ofUser.set(channel, write);
    const stored = this.store(write);
    return this.hasTooMany(ofUser) ? stored : undefined;
  }

  /** Writes in their pause do not count, so that a client need not wait for those. */
  private hasTooMany(ofUser: ReadonlyMap<string, Write>): boolean {
    const max = this.config.maxSubscriptionsPerConnection;
    return ofUser.size > max && [...ofUser.values()].filter(({ pause }) => pause === undefined).length > max;
  }

  private store(write: Write): Promise<void> {
    write.underWay = this.storeAndRest(write);
    return write.underWay;
  }

  private async storeAndRest(write: Write): Promise<void> {
    await this.tryToStore(write);
    write.underWay = undefined;
    this.rest(write);
  }

  /** Never rejects. */
  private async tryToStore({ connection, userId, channel, position }: Write): Promise<void> {
    try {
      await this.backplane.acknowledge(channel, userId, position);
    } catch (error) {
      const fields = { connection_id: connection.id, user_id: userId, channel, error: describeError(error) };
      this.log.write('error', connection, 'acknowledged position could not be stored', fields);
    }
  }

  /** Who has ended sends no more, and pauses of many channels are not kept. */
  private rest(write: Write): void {
    write.pause = this.wheel.after(PAUSE_MS, () => this.endPause(write));
    const size = this.writes.get(write.userId)?.size ?? 0;
    if (write.connection.isClosed || size > this.config.maxSubscriptionsPerConnection) this.endPause(write);
  }

  /** Stores what has come meanwhile, or forgets the write. Has no effect while it is under way. */
  private endPause(write: Write): void {
    if (write.pause === undefined) return;
    this.wheel.disarm(write.pause);
    write.pause = undefined;
    if (write.next === undefined) return this.forget(write);
    write.position = write.next;
    write.next = undefined;
    void this.store(write);
  }

  private forget({ userId, channel }: Write): void {
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
