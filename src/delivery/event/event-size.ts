import { WsErrorCode } from '@skreaver/protocol';
import { WsError } from '../../connection/index.js';
import type { Frame } from '../../transport/index.js';

/** Bytes of UTF-8 for one UTF-16 code unit, at most. */
const MAX_UNIT_BYTES = 3;
/** Upper bound of the bytes of the envelope around the data. */
const ENVELOPE_BYTES = 1024;

/**
 * Refuses an event that no socket could take. The frame is made, to measure it, only for an event that may be too large.
 * @param units the UTF-16 code units of JSON that the publisher brings: its data, and what else has no bound of its own
 * @throws WsError `MESSAGE_TOO_LARGE`
 */
export function assertFits(units: number, max: number, frame: () => Frame): void {
  if (units * MAX_UNIT_BYTES + ENVELOPE_BYTES <= max) return;
  const size = frame().bytes.length;
  if (size <= max) return;
  const message = `The event has ${size} bytes; at most ${max} are sent.`;
  throw new WsError(WsErrorCode.MessageTooLarge, message, { size, max });
}
