import { Inject, Injectable } from '@nestjs/common';
import { type EventMetadata, type Position, WsErrorCode } from '@skreaver/protocol';
import { Backplane, type Exclusion, type HistoryPage, type StoredPublication } from '../../backplane/index.js';
import { ChannelOptionsResolver } from '../../channel/index.js';
import { type ResolvedConfig, SkreaverWsConfig } from '../../config/index.js';
import { type ClientConnection, WsError } from '../../connection/index.js';
import { eventMetadata } from '../event/event-frame.js';
import { dataOf } from '../event/payload.js';
import type { RawJson } from '../event/raw-json.js';
import { HistoryTexts } from './history-texts.js';

/** The events of a channel to read. */
export interface HistoryRange {
  /**
   * Reads only events after this position; in reverse, before it. A position of another epoch is ignored: the result
   * begins with the oldest event (in reverse, the newest). The returned `epoch` then differs from that of `since`.
   * Default: none.
   */
  readonly since?: Position | undefined;
  /** Maximum number of events, from 1. Default: 100. */
  readonly limit?: number | undefined;
  /** Newest first. Default: false, oldest first. */
  readonly reverse?: boolean | undefined;
}

/** An event as it was delivered. */
export interface PastEvent<T = unknown> {
  readonly data: T;
  readonly metadata: EventMetadata;
  /** The receivers that it was kept from. Heed it if you pass the event on. */
  readonly except?: Exclusion;
}

/** Events of a channel, and the channel's position (`epoch` and `offset`) when they were read. */
export interface ChannelHistory<T = unknown> extends Position {
  readonly events: readonly PastEvent<T>[];
}

const DEFAULT_LIMIT = 100;
/** Reads the history of channels (PROTOCOL §5, `history`). */
@Injectable()
export class HistoryReader {
  private readonly texts: HistoryTexts;

  constructor(
    @Inject(SkreaverWsConfig) config: ResolvedConfig,
    private readonly backplane: Backplane,
    private readonly options: ChannelOptionsResolver,
  ) {
    this.texts = new HistoryTexts(config.maxBufferedBytes);
  }

  /**
   * @throws WsError `INVALID_CHANNEL`, `INVALID_PARAMS` (the channel keeps no history, or the limit is invalid); and
   * what the backplane throws
   */
  async read(channel: string, range: HistoryRange = {}): Promise<ChannelHistory> {
    this.options.assertEnabled('history', channel, 'application');
    const { publications, top } = await this.page(channel, range);
    return { events: publications.map(pastEvent), epoch: top.epoch, offset: top.offset };
  }

  /**
   * Reads the same range as {@link read}, as JSON for a client. The events are spliced in as the texts that were
   * published; an event that the client is excluded from is a placeholder. Returns fewer events than the limit if no
   * more fit into one message.
   * @throws as {@link read}, and WsError `MESSAGE_TOO_LARGE` if not even the first event fits
   */
  async readForClient(reader: ClientConnection, channel: string, range: HistoryRange): Promise<RawJson> {
    this.options.assertEnabled('history', channel, 'client');
    return this.texts.of(channel, await this.page(channel, range), reader);
  }

  /**
   * Removes the events that a channel keeps. Its position stays.
   * @throws WsError `INVALID_CHANNEL`, `INVALID_PARAMS` (the channel keeps no history); and what the backplane throws
   */
  async clear(channel: string): Promise<void> {
    this.options.assertEnabled('history', channel, 'application');
    return this.backplane.clearHistory(channel);
  }

  private async page(channel: string, { since, limit = DEFAULT_LIMIT, reverse }: HistoryRange): Promise<HistoryPage> {
    if (!Number.isSafeInteger(limit) || limit < 1) {
      throw new WsError(WsErrorCode.InvalidParams, 'The limit of a history is a whole number from 1.');
    }
    const page = await this.backplane.history(channel, { after: since?.offset, limit, reverse });
    const isOfAnotherEpoch = since !== undefined && since.epoch !== page.top.epoch;
    return isOfAnotherEpoch ? this.backplane.history(channel, { limit, reverse }) : page;
  }
}

function pastEvent(publication: StoredPublication): PastEvent {
  const { except } = publication;
  const event = { data: dataOf(publication), metadata: eventMetadata(publication) };
  return except === undefined ? event : { ...event, except };
}
