import { Buffer } from 'node:buffer';
import { protocolLimits } from '@skreaver/protocol';

/** What a response takes around a list: two epochs and a correlation id, six bytes at most for each of its characters. */
const RESPONSE_BYTES = 1024 + 6 * protocolLimits.maxCorrelationIdLength;

/** The bytes that a list may have in a response that is a message of at most `maxBufferedBytes`. */
export function responseCapacity(maxBufferedBytes: number): number {
  return maxBufferedBytes - RESPONSE_BYTES;
}

/** The items from the beginning on that fit into so many bytes, as JSON, a comma for each. */
export function fittingJson<Item>(items: readonly Item[], maxBytes: number, jsonOf: (item: Item) => string): string[] {
  const fitting: string[] = [];
  let bytes = 0;
  for (const item of items) {
    const json = jsonOf(item);
    bytes += Buffer.byteLength(json) + 1;
    if (bytes > maxBytes) break;
    fitting.push(json);
  }
  return fitting;
}
