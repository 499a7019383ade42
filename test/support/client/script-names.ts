import { isDeepStrictEqual } from 'node:util';

/**
 * The `$name`s of a script. As a correlation id a name takes that of each message anew. Elsewhere it takes what stands there
 * the first time, and has to be equal after that.
 */
export class ScriptNames {
  private readonly known = new Map<string, unknown>();

  /** Throws where a message has not what is expected of it. It may have more. */
  take(expected: unknown, message: unknown): void {
    if (!this.fits(expected, message)) {
      throw new Error(`The client sent ${JSON.stringify(message)} instead of ${JSON.stringify(expected)}`);
    }
  }

  /** The message with what the names stand for. */
  resolve(message: unknown): unknown {
    if (typeof message === 'string' && message.startsWith('$')) return this.known.get(message);
    if (Array.isArray(message)) return message.map((each: unknown) => this.resolve(each));
    if (typeof message !== 'object' || message === null) return message;
    return Object.fromEntries(Object.entries(message).map(([key, value]) => [key, this.resolve(value)]));
  }

  private fits(expected: unknown, actual: unknown, key = ''): boolean {
    if (typeof expected === 'string' && expected.startsWith('$')) {
      if (actual === undefined) return false;
      if (key === 'correlation_id' || !this.known.has(expected)) this.known.set(expected, actual);
      return isDeepStrictEqual(this.known.get(expected), actual);
    }
    if (typeof expected !== 'object' || expected === null) return expected === actual;
    if (typeof actual !== 'object' || actual === null) return false;
    if (Array.isArray(expected) && expected.length !== (actual as unknown[]).length) return false;
    return Object.entries(expected).every(([name, value]) =>
      this.fits(value, (actual as Record<string, unknown>)[name], name),
    );
  }
}
