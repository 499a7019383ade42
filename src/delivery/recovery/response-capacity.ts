import { Buffer } from 'node:buffer';
import { protocolLimits } from '@skreaver/protocol';

/**
 * Upper bound of the bytes of a response around a list: the envelope, two epochs and a correlation id. Each character
 * of the id takes at most six bytes.
 */
const RESPONSE_BYTES = 1024 + 6 * protocolLimits.maxCorrelationIdLength;

/** Computes the bytes that a list may take in a response of at most `maxBufferedBytes`. */
export function responseCapacity(maxBufferedBytes: number): number {
  return maxBufferedBytes - RESPONSE_BYTES;
}

/** Serializes items from the first on, as many as fit into `maxBytes` with a comma for each. */
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
