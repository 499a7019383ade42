import { Inject, Injectable } from '@nestjs/common';
import { Buffer } from 'node:buffer';
import {
  type EventMetadata,
  type Position,
  WsErrorCode,
  decode,
  encodeEvent,
  isChannelName,
  protocolLimits,
} from '@skreaver/protocol';
import { Backplane, type HistoryPage, type StoredPublication } from '../backplane/index.js';
import { ChannelOptionsResolver } from '../channel/index.js';
import { SKREAVER_WS_CONFIG, type ResolvedConfig } from '../config/index.js';
import { WsError } from '../connection/index.js';
import { eventMetadata } from './event-frame.js';

/** Which events of a channel are wanted. */
export interface HistoryRange {
  /**
   * Only those after this position; in reverse, before it. One of another epoch counts for nothing: what comes then begins
   * with the oldest kept (in reverse the newest), as the epoch of the result tells. Default: none.
   */
  readonly since?: Position | undefined;
  /** Events at most, from 1. Default: 100. */
  readonly limit?: number | undefined;
  /** Newest first. Default: false, oldest first. */
  readonly reverse?: boolean | undefined;
}

/** An event as it was delivered. */
export interface PastEvent {
  readonly data: unknown;
  readonly metadata: EventMetadata;
}

/** Events of a channel, and the position at which it stood when they were read. */
export interface ChannelHistory extends Position {
  readonly events: readonly PastEvent[];
}

const DEFAULT_LIMIT = 100;
/** What a response may take around the events: two epochs and a correlation id, six bytes for each of its characters. */
const RESPONSE_BYTES = 1024 + 6 * protocolLimits.maxCorrelationIdLength;

/** Reads what channels remember (protocol §5, `history`). */
@Injectable()
export class HistoryReader {
  constructor(
    @Inject(SKREAVER_WS_CONFIG) private readonly config: ResolvedConfig,
    private readonly backplane: Backplane,
    private readonly options: ChannelOptionsResolver,
  ) {}

  /** @throws WsError `INVALID_CHANNEL`, `INVALID_PARAMS` (the channel keeps no history, the limit); and what the backplane throws */
  read(channel: string, range: HistoryRange = {}): Promise<ChannelHistory> {
    return this.readWithin(channel, range, Infinity);
  }

  /**
   * As many as one message can take to a client, fewer than the limit then.
   * @throws as {@link read}, and WsError `MESSAGE_TOO_LARGE` when not even the first does
   */
  readForClient(channel: string, range: HistoryRange): Promise<ChannelHistory> {
    return this.readWithin(channel, range, this.config.maxBufferedBytes - RESPONSE_BYTES);
  }

  private async readWithin(channel: string, range: HistoryRange, maxBytes: number): Promise<ChannelHistory> {
    if (!isChannelName(channel)) throw WsError.invalidChannel(channel);
    if (this.options.of(channel).history === undefined) {
      throw new WsError(WsErrorCode.InvalidParams, 'This channel keeps no history.', { channel });
    }
    const { publications, top } = await this.page(channel, range);
    const texts = textsWithin(publications, maxBytes);
    if (texts.length === 0 && publications.length > 0) {
      throw new WsError(WsErrorCode.MessageTooLarge, 'The event is too large for a response.', {
        channel,
        max: maxBytes,
      });
    }
    return { events: texts.map(readEvent), epoch: top.epoch, offset: top.offset };
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

/** The beginning of the events that fits. */
function textsWithin(publications: readonly StoredPublication[], maxBytes: number): string[] {
  const texts: string[] = [];
  let bytes = 0;
  for (const publication of publications) {
    const text = encodeEvent(publication.dataJson, eventMetadata(publication));
    bytes += Buffer.byteLength(text);
    if (bytes > maxBytes) break;
    texts.push(text);
  }
  return texts;
}

function readEvent(text: string): PastEvent {
  const decoded = decode(text, 'server');
  if (!decoded.ok || decoded.message.type !== 'event') throw new TypeError('What the backplane keeps is no event.');
  const { data, metadata } = decoded.message;
  return { data, metadata };
}
