import { Inject, Injectable } from '@nestjs/common';
import { type Position, WsErrorCode, isChannelName, protocolLimits } from '@skreaver/protocol';
import type { NewPublication } from '../../backplane/index.js';
import { ChannelOptionsResolver } from '../../channel/index.js';
import { SKREAVER_WS_CONFIG, type ResolvedConfig } from '../../config/index.js';
import { WsError } from '../../connection/index.js';
import { ThrottledLog, WsMetrics } from '../../metrics/index.js';
import { eventFrame } from '../event/event-frame.js';
import { eventJson } from '../event/event-json.js';
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
   * @throws WsError `INVALID_CHANNEL`, `INVALID_PARAMS` (data is not JSON, the key), `MESSAGE_TOO_LARGE` (over
   * `maxBufferedBytes`), `RATE_LIMIT_EXCEEDED` (`maxWaitingPublishBytes` wait), `SERVICE_RESTART`; and what the
   * backplane throws
   */
  publish(event: ChannelEvent, userId?: string): Promise<Delivery> {
    return this.line.refuses(event.channel) ? this.refuse(event) : this.pass(event, userId);
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

  private checked({ channel, data, idempotencyKey }: ChannelEvent, userId: string | undefined): NewPublication {
    if (!isChannelName(channel)) throw WsError.invalidChannel(channel);
    if (idempotencyKey !== undefined) refuseNoKey(idempotencyKey);
    const { history } = this.options.of(channel);
    const dataJson = eventJson(data);
    assertFits(dataJson.length + senderUnits(userId), this.config.maxBufferedBytes, () => {
      const position = history === undefined ? undefined : LONGEST_POSITION;
      return eventFrame({ channel, dataJson, userId, timestamp: Date.now(), position, kind: undefined });
    });
    return { channel, dataJson, history, idempotencyKey, userId };
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

/** The application chooses user ids, of any length. An escaped character (`\\u0000`) has the bytes of two code units. */
const senderUnits = (userId: string | undefined): number => (userId === undefined ? 0 : 2 * userId.length);

function refuseNoKey(key: unknown): void {
  const max = protocolLimits.maxIdempotencyKeyLength;
  if (typeof key === 'string' && key.length > 0 && key.length <= max) return;
  throw new WsError(WsErrorCode.InvalidParams, `An idempotency key is a string of 1 to ${max} characters.`);
}
