import { WsErrorCode, jsonOf as stringify } from '@skreaver/protocol';
import { WsError } from '../../connection/index.js';

/**
 * Serialises a part of an event. Bytes become their base64.
 * @param part names it in the error
 * @param onBytes called for each `Uint8Array`
 * @throws WsError `INVALID_PARAMS` for what JSON cannot hold: `undefined`, a function, a BigInt, a cycle
 */
export function jsonOf(value: unknown, part: string, onBytes?: () => void): string {
  let json: string | undefined;
  try {
    json = stringify(value, onBytes);
  } catch (error) {
    throw notJson(part, error);
  }
  if (json === undefined) throw new WsError(WsErrorCode.InvalidParams, `${part} is not JSON: it is undefined.`);
  return json;
}

export function notJson(part: string, error: unknown): WsError {
  const reason = error instanceof Error ? error.message : 'it cannot be serialised';
  return new WsError(WsErrorCode.InvalidParams, `${part} is not JSON: ${reason}`);
}
