import { jsonOf } from './json-of.js';
import type { EventMetadata, WsMessage } from './messages.js';

/**
 * Encodes a message as the text of one frame. Keys that are `undefined` are not written. A `Uint8Array` is written as its
 * base64, with padding (PROTOCOL §2).
 * @throws {TypeError} for a message that JSON cannot hold: a BigInt, a cycle, a `toJSON` that throws, nesting beyond
 * the stack, or an event whose data has no JSON (`undefined`, a function, a symbol)
 */
export function encode(message: WsMessage): string {
  if (message.type !== 'event') return stringify(message);
  const data = stringify(message.data);
  if (data === undefined) throw new TypeError('An event must have data.');
  return encodeEvent(data, message.metadata, message.correlation_id);
}

/**
 * Encodes an event around a payload that is JSON already, so that a publication is stringified once for all
 * subscribers. The text equals the one that `encode` returns for the same event.
 * @param dataJson must be JSON; this is not checked
 * @param metadata may be JSON already too; this is not checked
 */
export function encodeEvent(dataJson: string, metadata: EventMetadata | string, correlationId?: string): string {
  const metadataJson = typeof metadata === 'string' ? metadata : stringify(metadata);
  const correlation = correlationId === undefined ? '' : `,"correlation_id":${JSON.stringify(correlationId)}`;
  return `{"type":"event","data":${dataJson}${correlation},"metadata":${metadataJson}}`;
}

/**
 * Encodes the final `response` of a success around a result that is JSON already. The text equals the one that `encode`
 * returns for the same response. `resultJson` must be JSON; this is not checked.
 */
export function encodeResult(resultJson: string, correlationId?: string): string {
  const correlation = correlationId === undefined ? '' : `,"correlation_id":${JSON.stringify(correlationId)}`;
  return `{"type":"response","data":{"status":"success","result":${resultJson}}${correlation}}`;
}

function stringify(value: object): string;
function stringify(value: unknown): string | undefined;
function stringify(value: unknown): string | undefined {
  try {
    return jsonOf(value);
  } catch (cause) {
    throw new TypeError('The message cannot be written as JSON.', { cause });
  }
}
