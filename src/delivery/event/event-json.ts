import { WsErrorCode } from '@skreaver/protocol';
import { WsError } from '../../connection/index.js';
import { RawJson } from './raw-json.js';

/**
 * Serializes the payload of an event as JSON, once for all subscribers. A `RawJson` is taken as its text.
 * @throws WsError `INVALID_PARAMS` for what JSON cannot hold: `undefined`, a function, a BigInt, a cycle
 */
export function eventJson(data: unknown): string {
  if (data instanceof RawJson) return data.text;
  let json: string | undefined;
  try {
    json = JSON.stringify(data);
  } catch (error) {
    throw new WsError(
      WsErrorCode.InvalidParams,
      `The event's data is not JSON: ${error instanceof Error ? error.message : 'it cannot be serialised'}`,
    );
  }
  if (json === undefined)
    throw new WsError(WsErrorCode.InvalidParams, "The event's data is not JSON: it is undefined.");
  return json;
}
