import { ConfigError } from './config-error.js';

/** How a value may be written as text. */
export interface WrittenForm<Value> {
  readonly name: string;
  readonly allowed: string;
  /** The value, or undefined for a text that is not of this form. */
  readonly read: (text: string) => Value | undefined;
}

/** The value of a text, or a ConfigError that says what is allowed. */
export function parseAs<Value>(form: WrittenForm<Value>, text: string): Value {
  const value = form.read(text);
  if (value === undefined) throw new ConfigError([{ field: form.name, value: text, allowed: form.allowed }]);
  return value;
}
