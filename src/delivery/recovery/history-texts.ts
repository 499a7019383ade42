import { WsErrorCode } from '@skreaver/protocol';
import type { HistoryPage, StoredPublication } from '../../backplane/index.js';
import { WsError } from '../../connection/index.js';
import { eventMetadata } from '../event/event-frame.js';
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
  of(channel: string, page: HistoryPage): RawJson {
    const { publications, top } = page;
    const ends = [publications[0]?.position.offset, publications.at(-1)?.position.offset, top.offset];
    const name = `${channel}\n${top.epoch}\n${ends.join(' ')}`;
    const known = this.pages.get(name);
    if (known !== undefined) return known;
    const text = this.write(channel, page);
    for (const [oldest] of this.pages) {
      if (this.pages.size < KEPT_PAGES) break;
      this.pages.delete(oldest);
    }
    this.pages.set(name, text);
    return text;
  }

  private write(channel: string, { publications, top }: HistoryPage): RawJson {
    const texts = fittingJson(publications, this.maxBytes, pastEventJson);
    if (texts.length === 0 && publications.length > 0) {
      const details = { channel, max: this.maxBytes };
      throw new WsError(WsErrorCode.MessageTooLarge, 'The event is too large for a response.', details);
    }
    const { epoch, offset } = top;
    return RawJson.checked(`{"events":[${texts.join(',')}],"epoch":${JSON.stringify(epoch)},"offset":${offset}}`);
  }
}

function pastEventJson(publication: StoredPublication): string {
  return `{"data":${publication.dataJson},"metadata":${JSON.stringify(eventMetadata(publication))}}`;
}
