const MAX_HEADER = 10;
const FIN = 0x80;

export const Opcode = { Text: 1, Close: 8, Ping: 9 } as const;

/**
 * Called for each whole message or control frame. The payload is `bytes` from `start` to `end`. Both are -1 for a frame
 * that came in pieces, as nothing is copied.
 */
export type OnFrame = (opcode: number, bytes: Buffer, start: number, end: number) => void;

/** Finds the ends of a server's (unmasked) frames in a stream of bytes, without decoding payloads. */
export class FrameCounter {
  private readonly header = Buffer.alloc(MAX_HEADER);
  private headerBytes = 0;
  /** Payload bytes of the current frame that have not arrived yet. */
  private missing = 0;
  private first = 0;

  constructor(private readonly onFrame: OnFrame) {}

  push(bytes: Buffer, from: number, to: number): void {
    let at = from;
    if (this.missing > 0) {
      const taken = Math.min(this.missing, to - at);
      this.missing -= taken;
      at += taken;
      if (this.missing > 0) return;
      this.end(bytes, -1, -1);
    }
    while (at < to) {
      at = this.headerBytes > 0 ? this.frameOfSplitHeader(bytes, at, to) : this.frame(bytes, at, to);
    }
  }

  /** @returns where the next frame begins */
  private frame(bytes: Buffer, at: number, to: number): number {
    const size = to - at < 2 ? MAX_HEADER : headerSize(bytes, at);
    if (to - at < size) {
      bytes.copy(this.header, 0, at, to);
      this.headerBytes = to - at;
      return to;
    }
    this.first = bytes[at] as number;
    return this.payload(bytes, at + size, to, payloadLength(bytes, at));
  }

  /** Continues a header whose first bytes came in an earlier chunk. */
  private frameOfSplitHeader(bytes: Buffer, at: number, to: number): number {
    while (at < to) {
      this.header[this.headerBytes++] = bytes[at++] as number;
      if (this.headerBytes < 2 || this.headerBytes < headerSize(this.header, 0)) continue;
      this.headerBytes = 0;
      this.first = this.header[0] as number;
      return this.payload(bytes, at, to, payloadLength(this.header, 0));
    }
    return at;
  }

  private payload(bytes: Buffer, start: number, to: number, length: number): number {
    const end = start + length;
    if (end <= to) {
      this.end(bytes, start, end);
      return end;
    }
    this.missing = end - to;
    return to;
  }

  /** Reports a message only at its final frame (FIN). */
  private end(bytes: Buffer, start: number, end: number): void {
    if ((this.first & FIN) !== 0) this.onFrame(this.first & 0x0f, bytes, start, end);
  }
}

function headerSize(bytes: Buffer, at: number): number {
  const short = (bytes[at + 1] as number) & 0x7f;
  return short < 126 ? 2 : short === 126 ? 4 : 10;
}

function payloadLength(bytes: Buffer, at: number): number {
  const short = (bytes[at + 1] as number) & 0x7f;
  if (short < 126) return short;
  return short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
}
