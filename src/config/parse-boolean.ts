import { ConfigError } from './config-error.js';

const YES: readonly string[] = ['true', '1', 'yes', 'on'];
const NO: readonly string[] = ['false', '0', 'no', 'off'];

/**
 * `true`, `1`, `yes`, `on`, or `false`, `0`, `no`, `off`; capitals do not matter.
 * @throws ConfigError for anything else
 */
export function parseBoolean(text: string): boolean {
  const word = text.trim().toLowerCase();
  if (YES.includes(word)) return true;
  if (NO.includes(word)) return false;
  throw new ConfigError([
    { field: 'boolean', value: text, allowed: 'true or false (also 1 or 0, yes or no, on or off)' },
  ]);
}
