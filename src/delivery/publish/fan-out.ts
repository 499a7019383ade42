import { Injectable } from '@nestjs/common';
import { CloseCode } from '@skreaver/protocol';
import type { Publication } from '../../backplane/index.js';
import { SubscriberIndex } from '../../channel/index.js';
import { ThrottledLog, WsMetrics } from '../../metrics/index.js';
import { Flusher, type Frame } from '../../transport/index.js';
import { OpenChannels } from '../channel/open-channels.js';
import { eventFrame } from '../event/event-frame.js';
import { push } from './push.js';

/** Delivers each publication to this node's subscribers: framed once, the same frame to all. */
@Injectable()
export class FanOut {
  constructor(
    private readonly index: SubscriberIndex,
    private readonly channels: OpenChannels,
    private readonly flusher: Flusher,
    private readonly metrics: WsMetrics,
    private readonly log: ThrottledLog,
  ) {}

  /** @returns the number of connections that took it */
  deliver(publication: Publication): number {
    const { channel, position, kind } = publication;
    const open = this.channels.find(channel);
    if (open === undefined) return 0;
    if (kind !== undefined)
      return this.toPresenceReceivers(publication, eventFrame(publication, open.presenceOverflowGroup));
    const startedAt = performance.now();
    const arrival = open.advance(position);
    if (arrival === 'duplicate') return 0;
    if (arrival === 'gap') this.giveUp(channel);
    const delivered = this.toSubscribers(publication, eventFrame(publication, open.overflowGroup));
    this.metrics.broadcast(delivered, (performance.now() - startedAt) / 1000);
    return delivered;
  }

  private toPresenceReceivers({ channel }: Publication, frame: Frame): number {
    return push(frame, this.index.find(channel)?.presenceReceivers ?? []);
  }

  private toSubscribers(publication: Publication, frame: Frame): number {
    const subscribers = this.index.find(publication.channel);
    if (subscribers === undefined) return 0;
    const delivered = this.flusher.broadcast(frame, subscribers.live);
    if (subscribers.hasOnlyActive) return delivered;
    subscribers.buffer(publication);
    const { position } = publication;
    return position === undefined ? delivered : delivered + push(frame, subscribers.aheadMissing(position.offset));
  }

  /**
   * Closes the subscribers with 4006: this node missed a publication, and they come back to recover it (PROTOCOL §9).
   */
  private giveUp(channel: string): void {
    const subscribers = this.index.find(channel)?.all() ?? [];
    this.log.event('channel lost its position', { channel, subscribers: subscribers.length }, 'warn');
    for (const { socket } of subscribers) socket.closeAndDestroy(CloseCode.InsufficientState);
  }
}
