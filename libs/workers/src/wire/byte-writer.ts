const FIRST_BYTES = 16 * 1024;
/** More than this is given back once it was taken. */
const KEPT_BYTES = 1024 * 1024;
/** UTF-8 has at most three bytes for each unit of a text. */
const MOST_BYTES_OF_UNIT = 3;

/** Bytes that grow. Numbers are big-endian. */
export class ByteWriter {
  private bytes = Buffer.allocUnsafe(FIRST_BYTES);
  private end = 0;

  get length(): number {
    return this.end;
  }

  u8(value: number): void {
    this.reserve(1);
    this.end = this.bytes.writeUInt8(value, this.end);
  }

  u32(value: number): void {
    this.reserve(4);
    this.end = this.bytes.writeUInt32BE(value, this.end);
  }

  number(value: number): void {
    this.reserve(8);
    this.end = this.bytes.writeDoubleBE(value, this.end);
  }

  text(value: string): void {
    this.reserve(4 + MOST_BYTES_OF_UNIT * value.length);
    const written = this.bytes.write(value, this.end + 4);
    this.bytes.writeUInt32BE(written, this.end);
    this.end += 4 + written;
  }

  block(value: Uint8Array): void {
    this.u32(value.byteLength);
    this.raw(value);
  }

  /** Bytes as they are, without their number. */
  raw(value: Uint8Array): void {
    this.reserve(value.byteLength);
    this.bytes.set(value, this.end);
    this.end += value.byteLength;
  }

  /** Overwrites what was written at a place. */
  patch(at: number, value: number): void {
    this.bytes.writeUInt32BE(value, at);
  }

  /** Takes back what was written from a place on. */
  truncate(at: number): void {
    this.end = at;
  }

  /** Takes what was written, and begins anew. */
  take(): Buffer {
    const taken = Buffer.from(this.bytes.subarray(0, this.end));
    this.end = 0;
    if (this.bytes.length > KEPT_BYTES) this.bytes = Buffer.allocUnsafe(FIRST_BYTES);
    return taken;
  }

  private reserve(more: number): void {
    const needed = this.end + more;
    if (needed <= this.bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, 2 * this.bytes.length));
    this.bytes.copy(grown, 0, 0, this.end);
    this.bytes = grown;
  }
}
