/** A run of characters of a channel name without its separator. */
const SEGMENT = '[^:]+';

/**
 * A key of the option `channels` that stands for many names. A `*` at the end stands for any rest, also none. Any other
 * `*` is a whole segment between `:`, and stands for one or more characters other than `:`.
 */
export class ChannelPattern {
  /** The characters that a name must have, in number: the more there are, the more specific is the pattern. */
  readonly literals: number;
  private readonly prefix: string;
  /** Undefined where comparing the beginning is enough. */
  private readonly expression: RegExp | undefined;

  constructor(readonly text: string) {
    const isOpen = text.endsWith('*');
    const parts = (isOpen ? text.slice(0, -1) : text).split('*');
    this.prefix = parts[0] ?? '';
    this.literals = parts.join('').length;
    const source = parts.map((part) => part.replaceAll(/[.\-/]/g, String.raw`\$&`)).join(SEGMENT);
    this.expression = parts.length === 1 ? undefined : new RegExp(isOpen ? `^${source}` : `^${source}$`);
  }

  matches(channel: string): boolean {
    return channel.startsWith(this.prefix) && (this.expression === undefined || this.expression.test(channel));
  }

  /**
   * Orders patterns, the most specific first: with more literal characters; of two with as many, the one whose first `*`
   * comes later; of those, the one first in the order of code units.
   */
  static compare(this: void, one: ChannelPattern, other: ChannelPattern): number {
    return other.literals - one.literals || other.prefix.length - one.prefix.length || (one.text < other.text ? -1 : 1);
  }
}
