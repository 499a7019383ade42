import type { EventMetadata, WsMessage } from './messages.js';

/**
 * The message as the text of one frame.
 * @throws {TypeError} where JSON cannot hold it: a BigInt, a cycle, a `toJSON` that throws, nesting beyond the stack, an
 * event without data.
 */
export function encode(message: WsMessage): string {
  if (message.type === 'event' && message.data === undefined) throw new TypeError('An event must have data.');
  try {
    return JSON.stringify(message);
  } catch (cause) {
    throw new TypeError('The message cannot be written as JSON.', { cause });
  }
}

/**
 * An event around a payload that is JSON already, so that one publication is stringified once however many read it.
 * The text is what `encode` gives for the same event. `dataJson` is trusted to be JSON.
 */
export function encodeEvent(dataJson: string, metadata: EventMetadata, correlationId?: string): string {
  const correlation = correlationId === undefined ? '' : `,"correlation_id":${JSON.stringify(correlationId)}`;
  return `{"type":"event","data":${dataJson}${correlation},"metadata":${JSON.stringify(metadata)}}`;
}
