import type { ByteWriter } from './byte-writer.js';
import { Packed } from './packed.js';

/**
 * Writes values as MessagePack by the rules of `JSON.stringify`: `toJSON`, keys that are left out, `null` for what is no
 * number. A `Uint8Array` is written as bytes, and {@link Packed} as it is.
 */
export class ValueWriter {
  /** The objects around the one that is being written. */
  private readonly around: object[] = [];

  constructor(private readonly writer: ByteWriter) {}

  /**
   * @returns false, and nothing is written, for what JSON leaves out: `undefined`, a function, a symbol
   * @throws TypeError for a BigInt or a cycle, RangeError for nesting beyond the stack; and what a `toJSON` throws
   */
  write(value: unknown, key = ''): boolean {
    const { writer } = this;
    if (typeof value === 'string') writer.string(value);
    else if (typeof value === 'number') this.number(value);
    else if (typeof value === 'boolean') writer.boolean(value);
    else if (value === null) writer.nil();
    else if (typeof value === 'object' || typeof value === 'bigint') return this.replaced(value, key);
    else return false;
    return true;
  }

  private number(value: number): void {
    if (Number.isFinite(value)) this.writer.number(value === 0 ? 0 : value);
    else this.writer.nil();
  }

  /** Writes what `toJSON` makes of the value; the `toJSON` of that does not count, and that of a `Buffer` never. */
  private replaced(value: object | bigint, key: string): boolean {
    const { toJSON } = value as { readonly toJSON?: unknown };
    if (typeof toJSON !== 'function' || value instanceof Uint8Array) return this.plain(value);
    const replaced: unknown = toJSON.call(value, key);
    return typeof replaced === 'object' && replaced !== null ? this.plain(replaced) : this.write(replaced);
  }

  private plain(value: object | bigint): boolean {
    if (typeof value === 'bigint') throw new TypeError('A BigInt cannot be sent; send a string.');
    if (value instanceof Uint8Array) this.writer.binary(value);
    else if (value instanceof Packed) this.writer.raw(value.bytes);
    else if (isBoxed(value)) this.write(value.valueOf());
    else this.container(value);
    return true;
  }

  private container(value: object): void {
    this.enter(value);
    if (Array.isArray(value)) this.list(value);
    else this.entries(value as Readonly<Record<string, unknown>>);
    this.around.pop();
  }

  private enter(value: object): void {
    if (this.around.includes(value)) throw new TypeError('A value that holds itself cannot be sent.');
    this.around.push(value);
  }

  private list(values: readonly unknown[]): void {
    const { writer } = this;
    const start = writer.open();
    const { length } = values;
    for (let at = 0; at < length; at += 1) if (!this.write(values[at], String(at))) writer.nil();
    writer.close(start, length, false);
  }

  private entries(values: Readonly<Record<string, unknown>>): void {
    const { writer } = this;
    const start = writer.open();
    let size = 0;
    for (const key of Object.keys(values)) {
      const before = writer.length;
      writer.string(key);
      if (this.write(values[key], key)) size += 1;
      else writer.length = before;
    }
    writer.close(start, size, true);
  }
}

const boxes: ReadonlySet<unknown> = new Set([Number.prototype, String.prototype, Boolean.prototype]);

/** `new Number(1)`, which JSON takes as the number. */
const isBoxed = (value: object): boolean => boxes.has(Object.getPrototypeOf(value));
