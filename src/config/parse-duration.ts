import { parseQuantity } from './quantity.js';

const MILLISECONDS = { '': 1, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const ALLOWED = 'a duration in whole milliseconds such as 250, 250ms, 1.5s, 5m or 1h';

/**
 * Milliseconds of a text: `250`, `250ms`, `1.5s`, `5m`, `1h`; without a unit they are milliseconds.
 * @throws ConfigError for anything else, also for a part of a millisecond
 */
export function parseDuration(text: string): number {
  return parseQuantity(text, MILLISECONDS, { name: 'duration', allowed: ALLOWED });
}
