import type { EventMetadata, Position } from '@skreaver/protocol';
import type { RequestOptions } from '../requests/request-options.js';
import { type ChannelEvent, channelEvent } from './channel-event.js';

export interface HistoryOptions {
  /** Events after this position; with `reverse`, before it. Default: the oldest kept; with `reverse`, the newest. */
  readonly since?: Position | undefined;
  /** From 1 to 1,000. Default: 100. */
  readonly limit?: number | undefined;
  readonly reverse?: boolean | undefined;
}

/** A page of the history of a channel. To read all, go on with the position of the last event until there is none. */
export interface HistoryPage<T = unknown> {
  /** In the order asked for. An event that is kept from this user is in here with the `metadata.kind` `skipped`. */
  readonly events: readonly ChannelEvent<T>[];
  /** Where the channel stood at that moment. */
  readonly position: Position;
}

export type HistoryReader = (channel: string, options?: HistoryOptions, wait?: RequestOptions) => Promise<HistoryPage>;

interface HistoryResult {
  readonly events: readonly { readonly data: unknown; readonly metadata: EventMetadata }[];
  readonly epoch: string;
  readonly offset: number;
}

export function historyPage(result: unknown): HistoryPage {
  const { events, epoch, offset } = result as HistoryResult;
  return {
    events: events.map(({ data, metadata }) => channelEvent(data, metadata, true)),
    position: { epoch, offset },
  };
}
