import { Injectable } from '@nestjs/common';
import { type Exclusion, type Publication, type StoredPublication, isStored } from '../../backplane/index.js';
import { SubscriberIndex } from '../../channel/index.js';
import { type ClientConnection, ConnectionTable } from '../../connection/index.js';
import { WsMetrics } from '../../metrics/index.js';
import { type Audience, Flusher, type Frame, type OverflowGroup } from '../../transport/index.js';
import type { OpenChannel } from '../channel/open-channel.js';
import { eventFrame, placeholderOf } from '../event/event-frame.js';
import { excludedFrom, isExcluded } from '../event/exclusion.js';
import { push } from './push.js';

/** Delivers each publication to this node's subscribers: framed once, the same frame to all. */
@Injectable()
export class FanOut {
  constructor(
    private readonly index: SubscriberIndex,
    private readonly connections: ConnectionTable,
    private readonly flusher: Flusher,
    private readonly metrics: WsMetrics,
  ) {}

  /**
   * Delivers an event that is the next one of its channel.
   * @returns the number of connections that took it
   */
  deliver(publication: Publication, { overflowGroup }: OpenChannel): number {
    const startedAt = performance.now();
    const delivered = this.toSubscribers(publication, overflowGroup);
    this.metrics.broadcast(delivered, (performance.now() - startedAt) / 1000);
    return delivered;
  }

  /**
   * Delivers a join or leave to the subscribers that asked for them.
   * @returns the number of connections that took it
   */
  deliverPresence(publication: Publication, { presenceOverflowGroup }: OpenChannel): number {
    const receivers = this.index.find(publication.channel)?.presenceReceivers ?? [];
    return push(eventFrame(publication, presenceOverflowGroup), receivers);
  }

  private toSubscribers(publication: Publication, group: OverflowGroup | undefined): number {
    const subscribers = this.index.find(publication.channel);
    if (subscribers === undefined) return 0;
    const { except } = publication;
    const frame = eventFrame(publication, group);
    const delivered =
      except === undefined
        ? this.flusher.broadcast(frame, subscribers.live)
        : this.toAllBut(except, publication, frame, subscribers.live);
    if (subscribers.hasOnlyActive) return delivered;
    subscribers.buffer(publication);
    if (!isStored(publication)) return delivered;
    return delivered + this.toAhead(publication, frame, subscribers.aheadMissing(publication.position.offset));
  }

  /** The excluded get the position of the event alone: a gap in the offsets would look like a loss (PROTOCOL §6). */
  private toAllBut(
    except: Exclusion,
    publication: Publication,
    frame: Frame,
    live: Audience<ClientConnection>,
  ): number {
    const excluded = [...excludedFrom(except, this.connections)].filter(({ socket }) => live.has(socket.outbox));
    const outboxes = new Set(excluded.map(({ socket }) => socket.outbox));
    const delivered = this.flusher.broadcastExcept(frame, live, outboxes);
    if (isStored(publication)) push(eventFrame(placeholderOf(publication), frame.droppable?.group), excluded);
    return delivered;
  }

  private toAhead(publication: StoredPublication, frame: Frame, subscribers: readonly ClientConnection[]): number {
    const { except } = publication;
    if (except === undefined) return push(frame, subscribers);
    const isOut = (connection: ClientConnection): boolean => isExcluded(except, connection);
    push(eventFrame(placeholderOf(publication), frame.droppable?.group), subscribers.filter(isOut));
    return push(
      frame,
      subscribers.filter((connection) => !isOut(connection)),
    );
  }
}
