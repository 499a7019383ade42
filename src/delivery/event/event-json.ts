import { WsErrorCode } from '@skreaver/protocol';
import { WsError } from '../../connection/index.js';
import { RawJson } from './raw-json.js';

/**
 * Serializes the payload of an event as JSON, once for all subscribers. A `RawJson` is taken as its text.
 * @throws WsError `INVALID_PARAMS` for what JSON cannot hold: `undefined`, a function, a BigInt, a cycle
 */
export function eventJson(data: unknown): string {
  return data instanceof RawJson ? data.text : jsonOf(data, "The event's data");
}

/**
 * Serialises a part of an event.
 * @param part names it in the error
 * @throws WsError `INVALID_PARAMS` as {@link eventJson}
 */
export function jsonOf(value: unknown, part: string): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
  } catch (error) {
    throw new WsError(
      WsErrorCode.InvalidParams,
      `${part} is not JSON: ${error instanceof Error ? error.message : 'it cannot be serialised'}`,
    );
  }
  if (json === undefined) throw new WsError(WsErrorCode.InvalidParams, `${part} is not JSON: it is undefined.`);
  return json;
}
