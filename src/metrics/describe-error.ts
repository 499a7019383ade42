import { inspect } from 'node:util';

/** An exception as fields of a log line; loggers show an `Error` itself in as many ways as there are loggers. */
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

/** `String` itself throws on an object that has no text. */
function textOf(thrown: unknown): string {
  return typeof thrown === 'string' ? thrown : inspect(thrown);
}
