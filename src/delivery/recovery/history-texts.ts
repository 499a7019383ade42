import { WsErrorCode } from '@skreaver/protocol';
import { Packed, msgpackOfJson, packValue } from '@skreaver/protocol/msgpack';
import type { HistoryPage } from '../../backplane/index.js';
import { type ClientConnection, WsError } from '../../connection/index.js';
import { type SentEvent, eventMetadataJson, placeholderOf } from '../event/event-frame.js';
import { isExcluded } from '../event/exclusion.js';
import { RawJson } from '../event/raw-json.js';
import { fittingJson, responseCapacity } from './response-capacity.js';

/** Number of pages in the cache; each takes `maxBufferedBytes` at most. */
const KEPT_PAGES = 4;

/**
 * Cache of pages of history as JSON. The events are spliced in as the texts that were published, and clients that ask
 * for the same page share one text. Published events never change, so the offsets of a page's first and last event and
 * of the top identify it.
 */
export class HistoryTexts {
  private readonly pages = new Map<string, RawJson>();
  private readonly maxBytes: number;

  /** @param maxBuffered maximum bytes of the response that carries a page */
  constructor(maxBuffered: number) {
    this.maxBytes = responseCapacity(maxBuffered);
  }

  /** @throws WsError `MESSAGE_TOO_LARGE` if the page has events, but not even the first fits into a response */
  of(channel: string, page: HistoryPage, reader: ClientConnection): RawJson {
    const { publications, top } = page;
    // Not of the cache: the page of a reader that is excluded from an event is for that reader alone.
    if (publications.some(({ except }) => isExcluded(except, reader))) return this.write(channel, page, reader);
    const ends = [publications[0]?.position.offset, publications.at(-1)?.position.offset, top.offset];
    const name = `${channel}\n${top.epoch}\n${ends.join(' ')}`;
    const known = this.pages.get(name);
    if (known !== undefined) return known;
    const text = this.write(channel, page, reader);
    for (const [oldest] of this.pages) {
      if (this.pages.size < KEPT_PAGES) break;
      this.pages.delete(oldest);
    }
    this.pages.set(name, text);
    return text;
  }

  private write(channel: string, { publications, top }: HistoryPage, reader: ClientConnection): RawJson {
    // Replaced before anything is written of them, in whatever encoding.
    const events = publications.map((publication): SentEvent =>
      isExcluded(publication.except, reader) ? placeholderOf(publication) : publication,
    );
    const texts = fittingJson(events, this.maxBytes, pastEventJson);
    if (texts.length === 0 && publications.length > 0) {
      const details = { channel, max: this.maxBytes };
      throw new WsError(WsErrorCode.MessageTooLarge, 'The event is too large for a response.', details);
    }
    const { epoch, offset } = top;
    const text = `{"events":[${texts.join(',')}],"epoch":${JSON.stringify(epoch)},"offset":${offset}}`;
    const kept = events.slice(0, texts.length);
    const hasBytes = kept.some(({ dataBinary }) => dataBinary !== undefined);
    return RawJson.checked(text, hasBytes ? () => packedPage(kept, top) : undefined);
  }
}

function pastEventJson(event: SentEvent): string {
  return `{"data":${event.dataJson},"metadata":${eventMetadataJson(event)}}`;
}

/** Made for each client that speaks MessagePack; not cached, since the page may take as much again. */
function packedPage(events: readonly SentEvent[], { epoch, offset }: HistoryPage['top']): Uint8Array {
  return packValue({ events: events.map(packedPastEvent), epoch, offset }) as Uint8Array;
}

function packedPastEvent(event: SentEvent): object {
  const { dataJson, dataBinary } = event;
  return {
    data: new Packed(dataBinary ?? msgpackOfJson(dataJson)),
    metadata: new Packed(msgpackOfJson(eventMetadataJson(event))),
  };
}
