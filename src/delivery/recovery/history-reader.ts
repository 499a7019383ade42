import { Inject, Injectable } from '@nestjs/common';
import { type EventMetadata, type Position, WsErrorCode, isChannelName, readJson } from '@skreaver/protocol';
import { Backplane, type HistoryPage, type StoredPublication } from '../../backplane/index.js';
import { ChannelOptionsResolver } from '../../channel/index.js';
import { SKREAVER_WS_CONFIG, type ResolvedConfig } from '../../config/index.js';
import { WsError } from '../../connection/index.js';
import { eventMetadata } from '../event/event-frame.js';
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
    @Inject(SKREAVER_WS_CONFIG) config: ResolvedConfig,
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
    const { publications, top } = await this.page(channel, range);
    return { events: publications.map(pastEvent), epoch: top.epoch, offset: top.offset };
  }

  /**
   * Reads the same range as {@link read}, as JSON for a client. The events are spliced in as the texts that were
   * published. Returns fewer events than the limit if no more fit into one message.
   * @throws as {@link read}, and WsError `MESSAGE_TOO_LARGE` if not even the first event fits
   */
  async readForClient(channel: string, range: HistoryRange): Promise<RawJson> {
    return this.texts.of(channel, await this.page(channel, range));
  }

  private async page(channel: string, { since, limit = DEFAULT_LIMIT, reverse }: HistoryRange): Promise<HistoryPage> {
    if (!isChannelName(channel)) throw WsError.invalidChannel(channel);
    if (this.options.of(channel).history === undefined) {
      throw new WsError(WsErrorCode.InvalidParams, 'History is not enabled for this channel.', { channel });
    }
    if (!Number.isSafeInteger(limit) || limit < 1) {
      throw new WsError(WsErrorCode.InvalidParams, 'The limit of a history is a whole number from 1.');
    }
    const page = await this.backplane.history(channel, { after: since?.offset, limit, reverse });
    const isOfAnotherEpoch = since !== undefined && since.epoch !== page.top.epoch;
    return isOfAnotherEpoch ? this.backplane.history(channel, { limit, reverse }) : page;
  }
}

function pastEvent(publication: StoredPublication): PastEvent {
  return { data: readJson(publication.dataJson), metadata: eventMetadata(publication) };
}
