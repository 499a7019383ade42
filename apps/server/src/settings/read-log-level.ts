import type { EnvironmentReader } from './environment-reader.js';
import { Variable } from './variables.js';

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export type LogLevel = (typeof levels)[number];

/** Reads `SKREAVER_WS_LOG_LEVEL`, one of pino's levels. Default: `info`. */
export function readLogLevel(reader: EnvironmentReader): LogLevel {
  const text = reader.text(Variable.LogLevel);
  if (text === undefined) return 'info';
  const level = levels.find((candidate) => candidate === text.toLowerCase());
  if (level === undefined) reader.wrongValue(Variable.LogLevel, text, `one of ${levels.join(', ')}`);
  return level ?? 'info';
}
