import type { TokenReader } from './token-reader.js';
import { Token } from './token-reader.js';
import { utf8Text } from './utf8.js';

/** The reason against bytes that are not taken. */
export type Malformed =
  'broken' | 'extension' | 'key' | 'text' | 'not-finite' | 'too-deep' | 'too-many-keys' | 'bytes-after';

export interface ReadLimits {
  readonly maxDepth: number;
  readonly maxKeys: number;
}

/** Makes the value of bytes inside a message. It must copy them, since they are a part of a larger buffer. */
export type CopyBytes = (part: Uint8Array) => Uint8Array;

export const copyBytes: CopyBytes = (part) => new Uint8Array(part);

/** An array or a map of which elements are still to be read. */
interface Level {
  readonly list: unknown[] | undefined;
  readonly map: Record<string, unknown>;
  left: number;
}

const NO_MAP: Record<string, unknown> = {};

/**
 * Reads one value and checks it by the rules of a message (PROTOCOL §2), in one pass without recursion. Depth and keys
 * are counted before anything is made for them.
 */
export class ValueReader {
  /** Set when {@link read} has found a reason against the bytes. */
  malformed: Malformed | undefined;
  private level: Level | undefined;
  /** The levels around {@link level}. */
  private readonly outer: Level[] = [];
  private keys = 0;

  constructor(
    private readonly tokens: TokenReader,
    private readonly limits: ReadLimits,
    private readonly copy: CopyBytes,
  ) {}

  /** Returns the value that all bytes make. */
  read(): unknown {
    const root: unknown[] = [];
    this.level = { list: root, map: NO_MAP, left: 1 };
    while (this.level !== undefined && this.malformed === undefined) {
      if (this.level.left === 0) this.level = this.outer.pop();
      else this.readElement(this.level);
    }
    if (!this.tokens.isAtEnd) this.malformed ??= 'bytes-after';
    return root[0];
  }

  private readElement(level: Level): void {
    level.left -= 1;
    if (level.list !== undefined) {
      level.list.push(this.readToken());
      return;
    }
    const key = this.tokens.next() === Token.Str ? this.text() : this.refuse('key', '');
    if (this.malformed !== undefined) return;
    const value = this.readToken();
    if (key === '__proto__') define(level.map, key, value);
    else level.map[key] = value;
  }

  private readToken(): unknown {
    const { tokens } = this;
    switch (tokens.next()) {
      case Token.Str:
        return this.text();
      case Token.Int:
        return tokens.number;
      case Token.Map:
        return this.openMap(tokens.size);
      case Token.Array:
        return this.open([], NO_MAP, tokens.size);
      case Token.Nil:
        return null;
      case Token.False:
        return false;
      case Token.True:
        return true;
      case Token.Float:
        return Number.isFinite(tokens.number) ? tokens.number : this.refuse('not-finite', 0);
      case Token.BigInt:
        return Number(tokens.bigint);
      case Token.Bin:
        return this.copy(tokens.bytes.subarray(tokens.start, tokens.at));
      case Token.Extension:
        return this.refuse('extension', null);
      default:
        return this.refuse('broken', null);
    }
  }

  private openMap(size: number): unknown {
    this.keys += size;
    return this.keys > this.limits.maxKeys ? this.refuse('too-many-keys', null) : this.open(undefined, {}, size);
  }

  private open(list: unknown[] | undefined, map: Record<string, unknown>, left: number): unknown {
    const { level, outer } = this;
    if (outer.length === this.limits.maxDepth) return this.refuse('too-deep', null);
    if (level !== undefined) outer.push(level);
    this.level = { list, map, left };
    return list ?? map;
  }

  private text(): string {
    const { bytes, start, size } = this.tokens;
    return utf8Text(bytes, start, size) ?? this.refuse('text', '');
  }

  private refuse<Value>(reason: Malformed, value: Value): Value {
    this.malformed ??= reason;
    return value;
  }
}

/** Assigning `__proto__` would set the prototype; `JSON.parse` makes it an ordinary key too. */
function define(map: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
}
