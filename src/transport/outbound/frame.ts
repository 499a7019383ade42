import { Buffer } from 'node:buffer';
import { deflateRawSync, constants } from 'node:zlib';
import { msgpackOfJson } from '@skreaver/protocol/msgpack';

const FIN = 0x80;
const RSV1 = 0x40;
const TEXT = 0x1;
const BINARY = 0x2;
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

/**
 * The form in which a socket gets its frames, as one number, so that hot paths compare one: the window of
 * permessage-deflate in bits (0 without it), plus `MSGPACK_FORM` for a socket of the subprotocol `skreaver.v1.msgpack`.
 */
export type FrameForm = number;
export const MSGPACK_FORM = 0x10;

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
 * One message, framed once and written to any number of sockets. Immutable. The form in MessagePack is made on first need,
 * and so is each compressed form, once per window size (a client may ask for a smaller one). They are shared in the same
 * way.
 */
export class Frame {
  private compressed: Map<number, Buffer> | undefined;
  private packed: Frame | undefined;

  private constructor(
    /**
     * The whole frame, header and payload, uncompressed. Bounds count its bytes. The form in MessagePack has at most 2.25
     * times as many, where all data is numbers such as `0.5`.
     */
    readonly bytes: Buffer,
    private readonly payloadOffset: number,
    /** Set if a slow socket may lose the frame. Any other frame is sent, or its overflow ends the connection. */
    readonly droppable: Droppable | undefined,
    private readonly largestCompressed = Infinity,
    private readonly pack?: () => Uint8Array,
  ) {}

  /**
   * Frames a message for one peer alone, in JSON. It is not droppable, and not compressed above
   * `LARGEST_COMPRESSED_ANSWER`.
   * @param pack as in {@link text}
   */
  static answer(payload: string, pack?: () => Uint8Array): Frame {
    return Frame.text(payload, undefined, LARGEST_COMPRESSED_ANSWER, pack);
  }

  /** Frames a message for one peer alone, which speaks MessagePack. */
  static packedAnswer(payload: Uint8Array): Frame {
    return Frame.binary(payload, LARGEST_COMPRESSED_ANSWER);
  }

  /** @param pack makes the same message in MessagePack. Default: from the text, which has no bytes but their base64 */
  static text(payload: string, droppable?: Droppable, largestCompressed?: number, pack?: () => Uint8Array): Frame {
    const length = Buffer.byteLength(payload);
    const header = headerSize(length);
    const bytes = Buffer.allocUnsafeSlow(header + length);
    writeHeader(bytes, FIN | TEXT, length);
    bytes.write(payload, header);
    return new Frame(bytes, header, droppable, largestCompressed, pack);
  }

  private static binary(payload: Uint8Array, largestCompressed: number): Frame {
    const { length } = payload;
    const header = headerSize(length);
    const bytes = Buffer.allocUnsafeSlow(header + length);
    writeHeader(bytes, FIN | BINARY, length);
    bytes.set(payload, header);
    return new Frame(bytes, header, undefined, largestCompressed);
  }

  /** Control frame: a ping without payload. */
  static readonly ping = new Frame(Buffer.from([FIN | PING, 0]), 2, undefined);

  /** Bytes for a socket of this form. */
  bytesFor(form: FrameForm): Buffer {
    return form >= MSGPACK_FORM ? this.inMsgpack().compressedFor(form - MSGPACK_FORM) : this.compressedFor(form);
  }

  private compressedFor(windowBits: number): Buffer {
    const { length } = this.bytes;
    if (windowBits === 0 || length < COMPRESSION_THRESHOLD || length > this.largestCompressed) return this.bytes;
    this.compressed ??= new Map();
    let bytes = this.compressed.get(windowBits);
    if (bytes === undefined) this.compressed.set(windowBits, (bytes = this.compress(windowBits)));
    return bytes;
  }

  /** The frame of the same message in MessagePack; this one, if it is that or a control frame. */
  private inMsgpack(): Frame {
    if (this.bytes[0] !== (FIN | TEXT)) return this;
    this.packed ??= Frame.binary(this.pack?.() ?? this.transcoded(), this.largestCompressed);
    return this.packed;
  }

  private transcoded(): Uint8Array {
    return msgpackOfJson(this.bytes.toString('utf8', this.payloadOffset));
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
    writeHeader(bytes, (this.bytes[0] as number) | RSV1, length);
    deflated.copy(bytes, header, 0, length);
    return bytes;
  }
}
