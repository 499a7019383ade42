/** Reads what a `ByteWriter` wrote. Throws a RangeError where the bytes end too early. */
export class ByteReader {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  u8(): number {
    this.at += 1;
    return this.bytes.readUInt8(this.at - 1);
  }

  u32(): number {
    this.at += 4;
    return this.bytes.readUInt32BE(this.at - 4);
  }

  number(): number {
    this.at += 8;
    return this.bytes.readDoubleBE(this.at - 8);
  }

  text(): string {
    const start = this.skipBlock();
    return this.bytes.toString('utf8', start, this.at);
  }

  /** A copy: the bytes that came would be kept as a whole. */
  block(): Uint8Array {
    const start = this.skipBlock();
    return new Uint8Array(this.bytes.subarray(start, this.at));
  }

  /** What is left, not copied. */
  rest(): Buffer {
    return this.bytes.subarray(this.at);
  }

  private skipBlock(): number {
    const length = this.u32();
    const start = this.at;
    this.at += length;
    if (this.at > this.bytes.length) throw new RangeError('A text ends behind its frame.');
    return start;
  }
}
