import { Buffer } from 'node:buffer';
import { deflateRawSync, constants } from 'node:zlib';

const FIN = 0x80;
const RSV1 = 0x40;
const TEXT = 0x1;
const PING = 0x9;

/** Tail of a sync flush, which the sender leaves out (RFC 7692 §7.2.1). */
const DEFLATE_TAIL_BYTES = 4;
/** Smallest frame that is compressed, in bytes: below it, deflate costs more than the saved traffic. */
const COMPRESSION_THRESHOLD = 1024;
const COMPRESSION_LEVEL = 1;
/**
 * Largest compressed answer, in bytes. Larger ones go uncompressed, since deflating 1 MiB blocks the event loop for 10
 * ms.
 */
const LARGEST_COMPRESSED_ANSWER = 65_536;

function headerSize(payloadLength: number): number {
  return payloadLength < 126 ? 2 : payloadLength < 65_536 ? 4 : 10;
}

/** Writes the header of a server's frame: final, unmasked (RFC 6455 §5.2). */
function writeHeader(target: Buffer, firstByte: number, payloadLength: number): void {
  target[0] = firstByte;
  if (payloadLength < 126) {
    target[1] = payloadLength;
  } else if (payloadLength < 65_536) {
    target[1] = 126;
    target.writeUInt16BE(payloadLength, 2);
  } else {
    target[1] = 127;
    target.writeUInt32BE(Math.floor(payloadLength / 0x1_0000_0000), 2);
    target.writeUInt32BE(payloadLength >>> 0, 6);
  }
}

/** Group of frames of one channel of which a slow socket may lose some. Groups are compared by identity. */
export interface OverflowGroup {
  /**
   * `drop_oldest` drops the oldest frames until the new one fits. `latest` (conflation) keeps only the newest frame.
   */
  readonly overflow: 'drop_oldest' | 'latest';
}

/** Offsets of the frames that a socket has lost of a group, both ends included; `true` where a range is not known. */
export type Gap = { readonly from: number; readonly to: number } | true;

/** Marks a frame that a slow socket may lose. */
export interface Droppable {
  readonly group: OverflowGroup;
  /** Offset of the event, if the channel keeps history. */
  readonly offset?: number | undefined;
  /** Makes the same message with a notice of the gap, for a socket that has lost earlier frames of the group. */
  withGap(gap: Gap): Frame;
}

/**
 * One message, framed once and written to any number of sockets. Immutable. The compressed form is made on first need,
 * once per window size (a client may ask for a smaller one), and shared in the same way.
 */
export class Frame {
  private compressed: Map<number, Buffer> | undefined;

  private constructor(
    /** The whole frame, header and payload, uncompressed. */
    readonly bytes: Buffer,
    private readonly payloadOffset: number,
    /** Set if a slow socket may lose the frame. Any other frame is sent, or its overflow ends the connection. */
    readonly droppable: Droppable | undefined,
    private readonly largestCompressed = Infinity,
  ) {}

  /** Frames a message for one peer alone. It is not droppable, and not compressed above `LARGEST_COMPRESSED_ANSWER`. */
  static answer(payload: string): Frame {
    return Frame.text(payload, undefined, LARGEST_COMPRESSED_ANSWER);
  }

  static text(payload: string, droppable?: Droppable, largestCompressed?: number): Frame {
    const length = Buffer.byteLength(payload);
    const header = headerSize(length);
    const bytes = Buffer.allocUnsafeSlow(header + length);
    writeHeader(bytes, FIN | TEXT, length);
    bytes.write(payload, header);
    return new Frame(bytes, header, droppable, largestCompressed);
  }

  /** Control frame: a ping without payload. */
  static readonly ping = new Frame(Buffer.from([FIN | PING, 0]), 2, undefined);

  /** Bytes for a socket that negotiated permessage-deflate with this window; 0 stands for none. */
  bytesFor(windowBits: number): Buffer {
    const { length } = this.bytes;
    if (windowBits === 0 || length < COMPRESSION_THRESHOLD || length > this.largestCompressed) return this.bytes;
    this.compressed ??= new Map();
    let bytes = this.compressed.get(windowBits);
    if (bytes === undefined) this.compressed.set(windowBits, (bytes = this.compress(windowBits)));
    return bytes;
  }

  private compress(windowBits: number): Buffer {
    const payload = this.bytes.subarray(this.payloadOffset);
    const deflated = deflateRawSync(payload, {
      level: COMPRESSION_LEVEL,
      windowBits,
      finishFlush: constants.Z_SYNC_FLUSH,
    });
    const length = deflated.length - DEFLATE_TAIL_BYTES;
    const header = headerSize(length);
    if (header + length >= this.bytes.length) return this.bytes;
    const bytes = Buffer.allocUnsafeSlow(header + length);
    writeHeader(bytes, FIN | RSV1 | TEXT, length);
    deflated.copy(bytes, header, 0, length);
    return bytes;
  }
}
