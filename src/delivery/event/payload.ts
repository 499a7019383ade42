import { Buffer } from 'node:buffer';
import { readJson } from '@skreaver/protocol';
import { packValue, unpackValue } from '@skreaver/protocol/msgpack';
import type { EventContent } from '../../backplane/index.js';
import { jsonOf, notJson } from './event-json.js';
import { RawJson } from './raw-json.js';

/** The data of an event in the forms in which it is sent. */
export type Payload = Pick<EventContent, 'dataJson' | 'dataBinary'>;

const PART = "The event's data";

/**
 * Serialises the data of an event, once for all subscribers. A `RawJson` is taken as its text. Only data with bytes has a
 * second form.
 * @throws WsError `INVALID_PARAMS` for what JSON cannot hold: `undefined`, a function, a BigInt, a cycle
 */
export function payloadOf(data: unknown): Payload {
  if (data instanceof RawJson) return { dataJson: data.text, dataBinary: data.packed?.() };
  let hasBytes = false;
  const dataJson = jsonOf(data, PART, () => {
    hasBytes = true;
  });
  return { dataJson, dataBinary: hasBytes ? binaryOf(data) : undefined };
}

/** Reads the data of an event. Bytes are a `Buffer`, as in the params of a request. */
export function dataOf({ dataJson, dataBinary }: Payload): unknown {
  return dataBinary === undefined ? readJson(dataJson) : unpackValue(dataBinary, (part) => Buffer.from(part));
}

function binaryOf(data: unknown): Uint8Array | undefined {
  try {
    return packValue(data);
  } catch (error) {
    throw notJson(PART, error);
  }
}
