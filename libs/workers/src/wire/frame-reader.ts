import { ByteReader } from './byte-reader.js';
import { HEAD_BYTES, LENGTH_BYTES, MAX_FRAME_BYTES } from './frame.js';

export type FrameListener = (kind: number, id: number, body: ByteReader) => void;

/** Cuts bytes into frames, however they arrive. */
export class FrameReader {
  private chunks: Buffer[] = [];
  private length = 0;
  /** The bytes of the frame that is being waited for, or of its length. */
  private needed = LENGTH_BYTES;

  /** @throws Error for what is no frame, and what the listener throws */
  read(chunk: Buffer, listener: FrameListener): void {
    this.chunks.push(chunk);
    this.length += chunk.length;
    if (this.length < this.needed) return;
    const bytes = this.chunks.length === 1 ? chunk : Buffer.concat(this.chunks, this.length);
    let at = 0;
    this.needed = LENGTH_BYTES;
    while (bytes.length - at >= LENGTH_BYTES) {
      const end = at + LENGTH_BYTES + bodyLength(bytes.readUInt32BE(at));
      if (end > bytes.length) {
        this.needed = end - at;
        break;
      }
      const head = at + LENGTH_BYTES;
      at = end;
      listener(
        bytes.readUInt8(head),
        bytes.readUInt32BE(head + 1),
        new ByteReader(bytes.subarray(head + HEAD_BYTES, end)),
      );
    }
    const rest = bytes.subarray(at);
    this.chunks = rest.length === 0 ? [] : [rest];
    this.length = rest.length;
  }
}

function bodyLength(length: number): number {
  if (length < HEAD_BYTES || length > MAX_FRAME_BYTES) throw new Error('What came is no frame.');
  return length;
}
