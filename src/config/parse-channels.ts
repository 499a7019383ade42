import { durationForm } from './units.js';

/**
 * The value of the JSON text that sets the options of channels; undefined when it is no JSON. A `ttl` may be written like
 * every other duration (`"5m"`); one that cannot be read stays as it is: its rule refuses it.
 */
export function parseChannels(text: string): unknown {
  try {
    return JSON.parse(text, (name, value: unknown) =>
      name === 'ttl' && typeof value === 'string' ? (durationForm.read(value) ?? value) : value,
    );
  } catch {
    return undefined;
  }
}
