import { Injectable } from '@nestjs/common';
import type { Position } from '@skreaver/protocol';
import { Backplane, BackplaneUnavailableError, type EnginePart } from '../../backplane/index.js';
import {
  ChannelOptionsResolver,
  type HeldConnection,
  type SubscriptionObserver,
  SubscriberIndex,
  SubscriptionLocks,
} from '../../channel/index.js';
import { ThrottledLog, describeError } from '../../metrics/index.js';
import { OpenChannel } from './open-channel.js';
import { OpeningBatches } from './opening-batches.js';

/** How often a position is read while a channel is opened: its epoch may change between the events and the position. */
const ATTEMPTS = 3;

/**
 * The channels that are open on this node. The first slot reserved in a channel opens it on the backplane, the last one
 * released closes it. Both happen under the channel's lock. `isOpen` and `find` need no lock.
 */
@Injectable()
export class OpenChannels implements SubscriptionObserver {
  private readonly channels = new Map<string, OpenChannel>();
  /** Channels that the backplane is still opening. */
  private readonly opening = new Set<OpenChannel>();
  private readonly batches: OpeningBatches;

  constructor(
    private readonly backplane: Backplane,
    private readonly index: SubscriberIndex,
    private readonly locks: SubscriptionLocks,
    private readonly options: ChannelOptionsResolver,
    private readonly log: ThrottledLog,
  ) {
    this.batches = new OpeningBatches(backplane);
  }

  onEmptied(channel: string): void {
    void this.closeUnused(channel);
  }

  /** Finds a channel that is open or being opened: its publications may already arrive. */
  find(channel: string): OpenChannel | undefined {
    return this.channels.get(channel);
  }

  /** The last position that this node has seen, of each channel that is open and has one, or of those in a part. */
  positions(part?: EnginePart): ReadonlyMap<string, Position> {
    const seen = new Map<string, Position>();
    for (const [channel, { position }] of this.channels) {
      if (position !== undefined && part?.holds(channel) !== false) seen.set(channel, position);
    }
    return seen;
  }

  isOpen(channel: string): boolean {
    const known = this.channels.get(channel);
    return known !== undefined && !this.opening.has(known);
  }

  /**
   * Opens channels in each of which a slot is reserved.
   * @returns the errors by channel; a channel that failed is closed again
   */
  async open(channels: readonly string[], held: HeldConnection): Promise<ReadonlyMap<string, unknown>> {
    await using _locked = await held.acquireAll('channels', channels);
    const failures = new Map<string, unknown>();
    await Promise.all(
      channels.map((channel) => this.openOne(channel).catch((error: unknown) => failures.set(channel, error))),
    );
    return failures;
  }

  private async openOne(channel: string): Promise<void> {
    // While this subscribe waited for the lock, another one may have opened the channel, or the slot may have been
    // released.
    if (this.channels.has(channel) || !this.index.isUsed(channel)) return;
    const options = this.options.of(channel);
    const opened = new OpenChannel(channel, options);
    this.channels.set(channel, opened);
    this.opening.add(opened);
    try {
      await this.begin(opened, options.history !== undefined);
    } catch (error) {
      this.channels.delete(channel);
      await this.close(channel);
      throw error;
    } finally {
      this.opening.delete(opened);
    }
  }

  /** Opens it on the backplane, at its position. One of another epoch than what has arrived is read again. */
  private async begin(opened: OpenChannel, hasPosition: boolean): Promise<void> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const top = await this.batches.open(opened.name, hasPosition);
      if (top === undefined || opened.startAt(top)) return;
      opened.position = undefined;
    }
    throw new BackplaneUnavailableError('not_done', 'The epoch of the channel changes again and again.');
  }

  private async closeUnused(channel: string): Promise<void> {
    if (!this.channels.has(channel)) return;
    using _locked = await this.locks.ofChannel(channel);
    if (this.index.isUsed(channel) || !this.channels.delete(channel)) return;
    await this.close(channel);
  }

  /**
   * Closes the channel on the backplane. If that fails, publications still arrive and are dropped, as the channel is
   * not open here.
   */
  private async close(channel: string): Promise<void> {
    try {
      await this.backplane.close(channel);
    } catch (error) {
      this.log.event('channel could not be closed', { channel, error: describeError(error) }, 'error');
    }
  }
}
