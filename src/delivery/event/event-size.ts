import { WsErrorCode } from '@skreaver/protocol';
import { WsError } from '../../connection/index.js';
import type { Frame } from '../../transport/index.js';

/** Bytes of UTF-8 for one UTF-16 code unit, at most. */
const MAX_UNIT_BYTES = 3;
/** Upper bound of the bytes of the envelope around the data. */
const ENVELOPE_BYTES = 1024;

/**
 * Refuses an event that no socket could take. The frame is made, to measure it, only for data that may be too large.
 * @throws WsError `MESSAGE_TOO_LARGE`
 */
export function assertFits(dataJson: string, max: number, frame: () => Frame): void {
  if (dataJson.length * MAX_UNIT_BYTES + ENVELOPE_BYTES <= max) return;
  const size = frame().bytes.length;
  if (size <= max) return;
  const message = `The event has ${size} bytes; at most ${max} are sent.`;
  throw new WsError(WsErrorCode.MessageTooLarge, message, { size, max });
}
