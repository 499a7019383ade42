import type { LoggerService } from '@nestjs/common';
import { pino } from 'pino';
import type { LogLevel } from '../settings/index.js';
import type { LogDestination } from './log-destination.js';

/** The log of a process that only runs workers, in the same form as theirs. */
export function primaryLogger(level: LogLevel, log: LogDestination): Pick<LoggerService, 'log' | 'warn' | 'error'> {
  const logger = pino({ level }, log).child({ context: 'SkreaverWs' });
  return {
    log: (line: object) => logger.info(line),
    warn: (line: object) => logger.warn(line),
    error: (line: object) => logger.error(line),
  };
}
