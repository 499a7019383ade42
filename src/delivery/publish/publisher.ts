import { Inject, Injectable } from '@nestjs/common';
import { type Position, WsErrorCode, isChannelName, protocolLimits } from '@skreaver/protocol';
import type { NewPublication } from '../../backplane/index.js';
import { ChannelOptionsResolver } from '../../channel/index.js';
import { SKREAVER_WS_CONFIG, type ResolvedConfig } from '../../config/index.js';
import { WsError } from '../../connection/index.js';
import { ThrottledLog, WsMetrics } from '../../metrics/index.js';
import type { Frame } from '../../transport/index.js';
import { appMetadataJson } from '../event/app-metadata.js';
import { eventFrame } from '../event/event-frame.js';
import { eventJson } from '../event/event-json.js';
import { RawJson } from '../event/raw-json.js';
import { assertFits } from '../event/event-size.js';
import { type Delivery, deliveryOf } from './delivery.js';
import { PublicationQueue } from './publication-queue.js';
import { PublishGate } from './publish-gate.js';

export interface PublishOptions {
  /**
   * 1 to 128 characters. Deduplicates: a publication whose key was used in this channel within the last five minutes is
   * not made again (PROTOCOL §6), so a publisher may retry when it does not know the outcome.
   */
  readonly idempotencyKey?: string | undefined;
  /**
   * What you say of the event beside its data, such as a type or a trace id: an object of at most 1,024 bytes of JSON.
   * Subscribers get it as `metadata.app`, also from the history. Default: none. PROTOCOL §3.
   */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

/** One event for a channel. */
export interface ChannelEvent extends PublishOptions {
  readonly channel: string;
  readonly data: unknown;
}

/** The longest possible position: the event's own is known only when it is published. */
const LONGEST_POSITION: Position = { epoch: 'e'.repeat(32), offset: Number.MAX_SAFE_INTEGER };

/** Time after which a refused publisher may try again: some rounds over ten thousand subscribers. */
const RETRY_AFTER_MS = 1000;

/** Checks a publication and passes it on: it is published on every node, or not at all. */
@Injectable()
export class Publisher {
  constructor(
    @Inject(SKREAVER_WS_CONFIG) private readonly config: ResolvedConfig,
    private readonly line: PublicationQueue,
    private readonly options: ChannelOptionsResolver,
    private readonly gate: PublishGate,
    private readonly metrics: WsMetrics,
    private readonly log: ThrottledLog,
  ) {}

  /**
   * Publishes to the channel's subscribers, in the order of the calls. In memory it is delivered before this returns,
   * unless the subscribers still have to be given earlier publications.
   * @param userId the user of the client that publishes: its events name it, and its idempotency keys are its own;
   * undefined for the application
   * @throws WsError `INVALID_CHANNEL`, `INVALID_PARAMS` (data or metadata is not JSON, the key), `MESSAGE_TOO_LARGE` (over
   * `maxBufferedBytes`, or the metadata), `RATE_LIMIT_EXCEEDED` (`maxWaitingPublishBytes` wait), `SERVICE_RESTART`; and what the
   * backplane throws
   */
  publish(event: ChannelEvent, userId?: string): Promise<Delivery> {
    return this.line.refuses(event.channel) ? this.refuse(event) : this.pass(event, userId);
  }

  /**
   * Publishes one event to several channels, each on its own. Its data is serialised once.
   * @throws WsError `INVALID_PARAMS` (data is not JSON); each promise rejects as that of {@link publish}
   */
  publishTo(channels: readonly string[], data: unknown, options: PublishOptions): Promise<Delivery>[] {
    const json = RawJson.checked(eventJson(data));
    return channels.map((channel) => this.publish({ ...options, channel, data: json }));
  }

  private async pass(event: ChannelEvent, userId: string | undefined): Promise<Delivery> {
    const publication = this.checked(event, userId);
    this.gate.enter();
    try {
      return deliveryOf(await this.line.publish(publication));
    } finally {
      this.gate.leave();
    }
  }

  private checked(event: ChannelEvent, userId: string | undefined): NewPublication {
    const { channel, data, idempotencyKey, metadata } = event;
    if (!isChannelName(channel)) throw WsError.invalidChannel(channel);
    if (idempotencyKey !== undefined) refuseNoKey(idempotencyKey);
    const { history } = this.options.of(channel);
    const dataJson = eventJson(data);
    const metadataJson = metadata === undefined ? undefined : appMetadataJson(metadata);
    const publication = { channel, dataJson, history, idempotencyKey, userId, metadataJson };
    assertFits(unitsOf(publication), this.config.maxBufferedBytes, () => longestFrame(publication));
    return publication;
  }

  private refuse({ channel }: ChannelEvent): Promise<never> {
    const refused = Promise.reject(WsError.rateLimited(RETRY_AFTER_MS));
    // A caller that does not await the outcome must not end the process by an unhandled rejection.
    refused.catch(() => {});
    this.metrics.publicationRefused();
    this.log.write('error', this, 'publication refused: too many wait', { channel });
    return refused;
  }
}

/** The application chooses user ids, of any length. An escaped character (`\u0000`) has the bytes of two code units. */
function unitsOf({ dataJson, userId, metadataJson }: NewPublication): number {
  return dataJson.length + 2 * (userId?.length ?? 0) + (metadataJson?.length ?? 0);
}

function longestFrame(publication: NewPublication): Frame {
  const position = publication.history === undefined ? undefined : LONGEST_POSITION;
  return eventFrame({ ...publication, timestamp: Date.now(), position, kind: undefined });
}

function refuseNoKey(key: unknown): void {
  const max = protocolLimits.maxIdempotencyKeyLength;
  if (typeof key === 'string' && key.length > 0 && key.length <= max) return;
  throw new WsError(WsErrorCode.InvalidParams, `An idempotency key is a string of 1 to ${max} characters.`);
}
