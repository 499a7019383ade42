import type { OnApplicationShutdown } from '@nestjs/common';
import type { LogDestination } from './log-destination.js';

/** Enough for a reader that is a little behind; a stalled reader must not delay the exit. */
const FLUSH_MS = 200;

/** Flushes the last log lines before the process exits. */
export class LogFlush implements OnApplicationShutdown {
  constructor(private readonly log: LogDestination) {}

  onApplicationShutdown(): Promise<void> {
    return this.log.flush(FLUSH_MS);
  }
}
