import { inspect } from 'node:util';

/** Returns an exception as fields of a log line, because each logger formats an `Error` in its own way. */
export function describeError(error: unknown): { name: string; message: string; stack?: string } {
  try {
    if (!(error instanceof Error)) return { name: typeof error, message: textOf(error) };
    const { name, message, stack } = error;
    return stack === undefined ? { name, message } : { name, message, stack };
  } catch {
    // A getter or a proxy of the application threw.
    return { name: typeof error, message: 'It cannot be read.' };
  }
}

/** Formats a thrown value. `String` would throw on an object without `toString`, such as `Object.create(null)`. */
function textOf(thrown: unknown): string {
  return typeof thrown === 'string' ? thrown : inspect(thrown);
}
