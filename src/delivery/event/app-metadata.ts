import { Buffer } from 'node:buffer';
import { WsErrorCode } from '@skreaver/protocol';
import { WsError } from '../../connection/index.js';
import { jsonOf } from './event-json.js';

/** Bytes of the application's metadata of one event, as JSON. Each subscriber gets them with the event. */
const MAX_BYTES = 1024;

/**
 * Returns the application's metadata of an event as JSON.
 * @throws WsError `INVALID_PARAMS` (not an object, or nothing that JSON holds), `MESSAGE_TOO_LARGE` (over 1,024 bytes)
 */
export function appMetadataJson(metadata: object): string {
  const json = jsonOf(metadata, "The event's metadata");
  if (!json.startsWith('{'))
    throw new WsError(WsErrorCode.InvalidParams, "The event's metadata is not a JSON object; use one with keys.");
  const size = Buffer.byteLength(json);
  if (size <= MAX_BYTES) return json;
  const message = `The event's metadata has ${size} bytes; at most ${MAX_BYTES} are sent. Put the rest into its data.`;
  throw new WsError(WsErrorCode.MessageTooLarge, message, { size, max: MAX_BYTES });
}
