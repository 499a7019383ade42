/** A global of browsers and Node. Declared here because the package depends on the types of neither. */
declare const TextEncoder: new () => {
  encodeInto(text: string, into: Uint8Array): { readonly read: number; readonly written: number };
};

const utf8 = new TextEncoder();
const INITIAL_BYTES = 4096;
/** A buffer that a large message has made grow beyond this is not kept for the next one. */
const KEPT_BYTES = 65_536;
/** The length of string up to which a loop is faster than `encodeInto` (Node 20). */
const SHORT = 40;
const TWO_POW_32 = 0x1_0000_0000;
const MIN_LONG = -(2n ** 63n);
const MAX_LONG = 2n ** 64n - 1n;

/** Largest number of elements that the first byte of an array or a map holds. */
const FIX_SIZE = 15;

/** Writes MessagePack into a buffer that grows. */
export class ByteWriter {
  length = 0;
  private bytes = new Uint8Array(INITIAL_BYTES);
  private view = new DataView(this.bytes.buffer);

  /** Copies what was written, and empties the writer. */
  take(): Uint8Array {
    const taken = this.bytes.slice(0, this.length);
    this.length = 0;
    if (this.bytes.length > KEPT_BYTES) this.resize(INITIAL_BYTES);
    return taken;
  }

  nil(): void {
    this.byte(0xc0);
  }

  boolean(value: boolean): void {
    this.byte(value ? 0xc3 : 0xc2);
  }

  /** Writes an integer in as few bytes as it takes, any other number as a 64-bit float. */
  number(value: number): void {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) this.float(value);
    else if (value >= 0) this.unsigned(value);
    else this.negative(value);
  }

  float(value: number): void {
    this.head(0xcb, 8);
    this.view.setFloat64(this.length - 8, value);
  }

  /** @returns false for an integer that does not fit 64 bits */
  bigint(value: bigint): boolean {
    if (value < MIN_LONG || value > MAX_LONG) return false;
    this.head(value < 0n ? 0xd3 : 0xcf, 8);
    this.view.setBigUint64(this.length - 8, BigInt.asUintN(64, value));
    return true;
  }

  /** Writes a string in UTF-8. Half of a surrogate pair becomes U+FFFD. */
  string(text: string): void {
    if (text.length > SHORT || !this.ascii(text)) this.longString(text);
  }

  binary(bytes: Uint8Array): void {
    const { length } = bytes;
    if (length < 0x100) this.head(0xc4, 1);
    else if (length < 0x1_0000) this.head(0xc5, 2);
    else this.head(0xc6, 4);
    this.setLength(length);
    this.raw(bytes);
  }

  /** Adds bytes that are MessagePack already. */
  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Begins an array or a map whose size is not known yet. Returns what {@link close} needs. */
  open(): number {
    this.byte(0);
    return this.length - 1;
  }

  /** Ends it. With more than 15 elements its content moves by the bytes of the longer head. */
  close(start: number, size: number, isMap: boolean): void {
    if (size <= FIX_SIZE) {
      this.bytes[start] = (isMap ? 0x80 : 0x90) | size;
      return;
    }
    const more = size < 0x1_0000 ? 2 : 4;
    this.reserve(more);
    this.bytes.copyWithin(start + 1 + more, start + 1, this.length);
    this.length += more;
    this.bytes[start] = (isMap ? 0xde : 0xdc) + (more === 2 ? 0 : 1);
    if (more === 2) this.view.setUint16(start + 1, size);
    else this.view.setUint32(start + 1, size);
  }

  private unsigned(value: number): void {
    if (value < 0x80) this.byte(value);
    else if (value < 0x100) this.pair(0xcc, value);
    else if (value < 0x1_0000) {
      this.head(0xcd, 2);
      this.view.setUint16(this.length - 2, value);
    } else if (value < TWO_POW_32) {
      this.head(0xce, 4);
      this.view.setUint32(this.length - 4, value);
    } else this.long(0xcf, value);
  }

  private negative(value: number): void {
    if (value >= -0x20) this.byte(value & 0xff);
    else if (value >= -0x80) this.pair(0xd0, value & 0xff);
    else if (value >= -0x8000) {
      this.head(0xd1, 2);
      this.view.setInt16(this.length - 2, value);
    } else if (value >= -0x8000_0000) {
      this.head(0xd2, 4);
      this.view.setInt32(this.length - 4, value);
    } else this.long(0xd3, value);
  }

  private long(head: number, value: number): void {
    this.head(head, 8);
    this.view.setInt32(this.length - 8, Math.floor(value / TWO_POW_32));
    this.view.setUint32(this.length - 4, value >>> 0);
  }

  /** Writes a short string of ASCII alone; false, and nothing written, for any other. */
  private ascii(text: string): boolean {
    const { length } = text;
    this.reserve(length + 2);
    const before = this.length;
    if (length < 32) this.byte(0xa0 | length);
    else this.pair(0xd9, length);
    const { bytes } = this;
    let to = this.length;
    for (let at = 0; at < length; at += 1) {
      const unit = text.charCodeAt(at);
      if (unit >= 0x80) {
        this.length = before;
        return false;
      }
      bytes[to++] = unit;
    }
    this.length = to;
    return true;
  }

  /** Writes after the longest head that the string may need, and moves the bytes if a shorter one does. */
  private longString(text: string): void {
    const most = 3 * text.length;
    this.reserve(most + 5);
    const start = this.length;
    const room = stringHead(most);
    const { written: size } = utf8.encodeInto(text, this.bytes.subarray(start + room));
    const head = stringHead(size);
    if (head < room) this.bytes.copyWithin(start + head, start + room, start + room + size);
    this.bytes[start] = head === 1 ? 0xa0 | size : 0xd9 + (head === 2 ? 0 : head === 3 ? 1 : 2);
    this.length = start + head;
    if (head > 1) this.setLength(size);
    this.length += size;
  }

  /** Writes a length into the bytes that {@link head} has left for it. */
  private setLength(length: number): void {
    if (length < 0x100) this.bytes[this.length - 1] = length;
    else if (length < 0x1_0000) this.view.setUint16(this.length - 2, length);
    else this.view.setUint32(this.length - 4, length);
  }

  private byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  private pair(first: number, second: number): void {
    this.reserve(2);
    this.bytes[this.length++] = first;
    this.bytes[this.length++] = second;
  }

  /** Writes a first byte, and skips the bytes of a number that follow it. */
  private head(first: number, bytes: number): void {
    this.reserve(1 + bytes);
    this.bytes[this.length] = first;
    this.length += 1 + bytes;
  }

  private reserve(more: number): void {
    const needed = this.length + more;
    if (needed > this.bytes.length) this.resize(Math.max(needed, 2 * this.bytes.length));
  }

  private resize(bytes: number): void {
    const larger = new Uint8Array(bytes);
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }
}

/** Bytes of the head of a string. */
const stringHead = (length: number): number => (length < 32 ? 1 : length < 0x100 ? 2 : length < 0x1_0000 ? 3 : 5);

let spare: ByteWriter | undefined;

/**
 * Calls `write` with an empty writer, and returns what it wrote. Writers are used again, each by one call at a time: a
 * `toJSON` of the application may write a message of its own.
 */
export function written(write: (writer: ByteWriter) => void): Uint8Array {
  const writer = spare ?? new ByteWriter();
  spare = undefined;
  try {
    write(writer);
    return writer.take();
  } finally {
    writer.length = 0;
    spare = writer;
  }
}
