import { Buffer } from 'node:buffer';
import { jsonFault, readJson } from '@skreaver/protocol';

/**
 * JSON as text, to be published exactly as it is: `broadcast('orders', new RawJson(row.payload))`. The text is checked,
 * but not parsed and serialized again. So numbers that JavaScript would round (`9007199254740993`), repeated keys and
 * white space stay. That holds if it is the whole data of an event or the whole result of a request. Inside another
 * value it is serialized as the value that `JSON.parse` returns.
 * @example
 * ```ts
 * import { RawJson, type SubscriptionService } from '@skreaver/nestjs-ws';
 *
 * export const forward = (subscriptions: SubscriptionService, json: string) =>
 *   subscriptions.broadcast('orders', new RawJson(json));
 * ```
 */
export class RawJson {
  readonly text: string;
  /** @internal Makes the same value in MessagePack, if it has bytes, of which the text has the base64. */
  readonly packed?: (() => Uint8Array) | undefined;

  /**
   * @throws SyntaxError when the text is not JSON, has a number too large for a 64-bit float, or half of a surrogate
   * pair
   */
  constructor(text: string) {
    const fault = jsonFault(text);
    this.text = copyOf(text);
    if (fault !== undefined) throw new SyntaxError(fault);
    if (this.text !== text) throw new SyntaxError('The text has half of a surrogate pair, which UTF-8 cannot hold.');
  }

  /** @internal Wraps text that is checked already and is not a slice of a larger string. */
  static checked(text: string, packed?: () => Uint8Array): RawJson {
    return Object.assign(Object.create(RawJson.prototype) as RawJson, { text, packed });
  }

  /** @internal Wraps a part of a larger text that was parsed. The larger text is not kept in memory. */
  static partOf(text: string, packed?: () => Uint8Array): RawJson {
    return RawJson.checked(copyOf(text), packed);
  }

  toJSON(): unknown {
    return readJson(this.text);
  }
}

/**
 * Copies a text. A slice would keep the larger string that it was cut from in memory, for as long as the channel keeps
 * the event.
 */
const copyOf = (text: string): string => Buffer.from(text).toString();
