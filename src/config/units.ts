import { readQuantity } from './read-quantity.js';
import { parseAs, type WrittenForm } from './written-form.js';

const MILLISECONDS = new Map([
  ['', 1],
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
]);

export const durationForm: WrittenForm<number> = {
  name: 'duration',
  allowed: 'a duration in whole milliseconds such as 250, 250ms, 1.5s, 5m or 1h',
  read: (text) => readQuantity(text, MILLISECONDS),
};

/**
 * Milliseconds of a text: `250`, `250ms`, `1.5s`, `5m`, `1h`; without a unit they are milliseconds.
 * @throws ConfigError for anything else, also for a part of a millisecond
 */
export const parseDuration = (text: string): number => parseAs(durationForm, text);
