import { WsErrorCode } from '@skreaver/protocol';
import type { HistoryPage, StoredPublication } from '../../backplane/index.js';
import { WsError } from '../../connection/index.js';
import { eventMetadata } from '../event/event-frame.js';
import { RawJson } from '../event/raw-json.js';
import { fittingJson, responseCapacity } from './response-capacity.js';

/** Pages that are cached; each takes `maxBufferedBytes` at most. */
const KEPT_PAGES = 4;

/**
 * Pages of history as JSON. The events are spliced in as the texts that they are; clients that ask for the same page
 * share one text. What was published never changes, so a page is known by its ends.
 */
export class HistoryTexts {
  private readonly pages = new Map<string, RawJson>();
  private readonly maxBytes: number;

  /** @param maxBuffered bytes of the message that takes a page to a client */
  constructor(maxBuffered: number) {
    this.maxBytes = responseCapacity(maxBuffered);
  }

  /** @throws WsError `MESSAGE_TOO_LARGE` when a page has events, but not even the first fits */
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
