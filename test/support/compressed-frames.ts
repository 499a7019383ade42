import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { type FrameOptions, type UpgradeParts, clientFrame, opcode } from './raw-frames.js';

/** The first reserved bit: the message is compressed (RFC 7692 §6). */
const DEFLATE_BIT = 4;
/** RFC 7692 §7.2.1: what a sender leaves out. */
const TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff]);

/** @param parameters such as `; server_max_window_bits=10` */
export function offeringDeflate(parameters = ''): UpgradeParts {
  return { headers: { 'Sec-WebSocket-Extensions': `permessage-deflate${parameters}` } };
}

/** The payload of a compressed message. */
export function deflated(data: string | Buffer, windowBits = 15): Buffer {
  return deflateRawSync(data, { finishFlush: constants.Z_SYNC_FLUSH, windowBits }).subarray(0, -TAIL.length);
}

/** What a compressed message says; throws when it is none, or refers back over more than the window. */
export function inflated(payload: Buffer, windowBits = 15): string {
  const whole = Buffer.concat([payload, TAIL]);
  // In steps: within one step's output inflate refers back as far as it is told.
  const chunkSize = constants.Z_MIN_CHUNK;
  return inflateRawSync(whole, { finishFlush: constants.Z_SYNC_FLUSH, windowBits, chunkSize }).toString();
}

/** A text frame, or the first of several, whose payload is compressed, or claims to be. */
export function compressedFrame(payload: Buffer, options: FrameOptions = {}): Buffer {
  return clientFrame(opcode.text, payload, { rsv: DEFLATE_BIT, ...options });
}
