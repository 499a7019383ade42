import { parseAs, type WrittenForm } from './written-form.js';

const WORDS = new Map([
  ...['true', '1', 'yes', 'on'].map((word) => [word, true] as const),
  ...['false', '0', 'no', 'off'].map((word) => [word, false] as const),
]);

export const booleanForm: WrittenForm<boolean> = {
  name: 'boolean',
  allowed: 'true or false (also 1 or 0, yes or no, on or off)',
  read: (text) => WORDS.get(text.trim().toLowerCase()),
};

/**
 * `true`, `1`, `yes`, `on`, or `false`, `0`, `no`, `off`; capitals do not matter.
 * @throws ConfigError for anything else
 */
export const parseBoolean = (text: string): boolean => parseAs(booleanForm, text);
