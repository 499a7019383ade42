import type { OnApplicationShutdown } from '@nestjs/common';
import type { LogDestination } from './log-destination.js';

/** For a reader that is a little behind; one that stalls holds up the end no longer. */
const FLUSH_MS = 200;

/** Gives the last lines a moment before the process exits. */
export class LogFlush implements OnApplicationShutdown {
  constructor(private readonly log: LogDestination) {}

  onApplicationShutdown(): Promise<void> {
    return this.log.flush(FLUSH_MS);
  }
}
