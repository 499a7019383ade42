/** The kinds of values that MessagePack and JSON share, and `Bin`. The others are refused (PROTOCOL §2). */
export const Token = {
  Nil: 0,
  False: 1,
  True: 2,
  /** A number, in {@link TokenReader.number}: an integer that a 64-bit float holds exactly. */
  Int: 3,
  /** An integer beyond that, in {@link TokenReader.bigint}. */
  BigInt: 4,
  /** A number, in {@link TokenReader.number}: a float, which may be infinite or NaN. */
  Float: 5,
  /** UTF-8, not checked; from {@link TokenReader.start} on, of {@link TokenReader.size} bytes. */
  Str: 6,
  /** Bytes, placed as those of `Str`. */
  Bin: 7,
  /** {@link TokenReader.size} elements follow. */
  Array: 8,
  /** {@link TokenReader.size} pairs of a key and a value follow. */
  Map: 9,
  /** An extension type, such as a timestamp. */
  Extension: 10,
  /** The bytes end too early, or begin with the unused 0xc1. */
  Broken: 11,
} as const;

export type Token = (typeof Token)[keyof typeof Token];

const TWO_POW_32 = 0x1_0000_0000;
/** The upper halves of 64-bit integers between -2^53 and 2^53. */
const MIN_SAFE_HIGH = -0x20_0000;
const MAX_SAFE_HIGH = 0x1f_ffff;

/**
 * Reads MessagePack token by token. Never reads beyond the end, and allocates nothing: a length that is claimed has to be
 * within the bytes that are left, where each element takes one byte at least.
 */
export class TokenReader {
  /** Index of the first byte of a string or of bytes. */
  start = 0;
  size = 0;
  number = 0;
  bigint = 0n;
  private view: DataView | undefined;

  constructor(
    readonly bytes: Uint8Array,
    /** Index of the next token. */
    public at = 0,
  ) {}

  get isAtEnd(): boolean {
    return this.at === this.bytes.length;
  }

  next(): Token {
    const first = this.bytes[this.at];
    if (first === undefined) return Token.Broken;
    this.at += 1;
    if (first < 0x80 || first >= 0xe0) return this.int(first < 0x80 ? first : first - 0x100);
    if (first < 0x90) return this.container(Token.Map, first & 0x0f);
    if (first < 0xa0) return this.container(Token.Array, first & 0x0f);
    if (first < 0xc0) return this.run(Token.Str, first & 0x1f);
    return this.withHead(first);
  }

  private withHead(first: number): Token {
    switch (first) {
      case 0xc0:
        return Token.Nil;
      case 0xc2:
        return Token.False;
      case 0xc3:
        return Token.True;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.run(Token.Bin, this.length(1 << (first - 0xc4)));
      case 0xca:
        return this.has(4) ? this.float(this.dataView().getFloat32(this.at), 4) : Token.Broken;
      case 0xcb:
        return this.has(8) ? this.float(this.dataView().getFloat64(this.at), 8) : Token.Broken;
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.run(Token.Str, this.length(1 << (first - 0xd9)));
      case 0xdc:
      case 0xdd:
        return this.container(Token.Array, this.length(first === 0xdc ? 2 : 4));
      case 0xde:
      case 0xdf:
        return this.container(Token.Map, this.length(first === 0xde ? 2 : 4));
      default:
        return this.integerOrOther(first);
    }
  }

  private integerOrOther(first: number): Token {
    if (first >= 0xcc && first <= 0xce) return this.unsigned(1 << (first - 0xcc));
    if (first >= 0xd0 && first <= 0xd2) return this.signed(1 << (first - 0xd0));
    if (first === 0xcf || first === 0xd3) return this.has(8) ? this.long(first === 0xd3) : Token.Broken;
    return first === 0xc1 ? Token.Broken : Token.Extension;
  }

  private int(value: number): Token {
    this.number = value;
    return Token.Int;
  }

  private float(value: number, bytes: number): Token {
    this.at += bytes;
    this.number = value;
    return Token.Float;
  }

  private unsigned(bytes: number): Token {
    const value = this.length(bytes);
    return value < 0 ? Token.Broken : this.int(value);
  }

  private signed(bytes: number): Token {
    const value = this.length(bytes);
    const shift = 32 - 8 * bytes;
    return value < 0 ? Token.Broken : this.int((value << shift) >> shift);
  }

  private long(isSigned: boolean): Token {
    const view = this.dataView();
    const { at } = this;
    const high = isSigned ? view.getInt32(at) : view.getUint32(at);
    this.at += 8;
    const number = high * TWO_POW_32 + view.getUint32(at + 4);
    if (high >= MIN_SAFE_HIGH && high <= MAX_SAFE_HIGH && Number.isSafeInteger(number)) return this.int(number);
    this.bigint = isSigned ? view.getBigInt64(at) : view.getBigUint64(at);
    return Token.BigInt;
  }

  private run(token: typeof Token.Str | typeof Token.Bin, size: number): Token {
    if (size < 0 || !this.has(size)) return Token.Broken;
    this.start = this.at;
    this.size = size;
    this.at += size;
    return token;
  }

  private container(token: typeof Token.Array | typeof Token.Map, size: number): Token {
    if (size < 0 || !this.has(token === Token.Map ? 2 * size : size)) return Token.Broken;
    this.size = size;
    return token;
  }

  /** Reads an unsigned integer of 1, 2 or 4 bytes; -1 where the bytes end before. */
  private length(bytes: number): number {
    if (!this.has(bytes)) return -1;
    let value = 0;
    for (let left = bytes; left > 0; left -= 1) value = value * 256 + (this.bytes[this.at++] as number);
    return value;
  }

  private has(bytes: number): boolean {
    return bytes <= this.bytes.length - this.at;
  }

  private dataView(): DataView {
    const { buffer, byteOffset, byteLength } = this.bytes;
    this.view ??= new DataView(buffer, byteOffset, byteLength);
    return this.view;
  }
}
