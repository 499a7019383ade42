import { WsErrorCode } from '@skreaver/protocol';
import { WsError } from '../../connection/index.js';
import type { Frame } from '../../transport/index.js';

/** Bytes of UTF-8 for one UTF-16 code unit, at most. */
const MAX_UNIT_BYTES = 3;
/** More than the envelope around the data can take. */
const ENVELOPE_BYTES = 1024;

/**
 * Refuses an event that no socket could take. The frame is made only for data that may be too much.
 * @throws WsError `MESSAGE_TOO_LARGE`
 */
export function assertFits(dataJson: string, max: number, frame: () => Frame): void {
  if (dataJson.length * MAX_UNIT_BYTES + ENVELOPE_BYTES <= max) return;
  const size = frame().bytes.length;
  if (size <= max) return;
  const message = `The event has ${size} bytes; at most ${max} are sent.`;
  throw new WsError(WsErrorCode.MessageTooLarge, message, { size, max });
}
