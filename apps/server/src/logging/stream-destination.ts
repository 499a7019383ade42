import type { Writable } from 'node:stream';
import type { LogDestination } from './log-destination.js';
import type { LostLines } from './lost-lines.js';
import { pollUntil } from './poll-until.js';

/** Writes to a pipe or terminal, which drains at once while its reader reads. A closed pipe stays closed. */
export class StreamDestination implements LogDestination {
  constructor(
    private readonly stream: Writable,
    private readonly lost: LostLines,
    private readonly maxWaitingBytes: number,
  ) {
    // The callback of each write gets the error; without a listener it would end the process.
    stream.on('error', () => {});
  }

  write(line: string): void {
    if (this.stream.destroyed) this.lost.add(1, 'EPIPE');
    else if (this.stream.writableLength > this.maxWaitingBytes) this.lost.add(1, 'nobody reads it');
    else this.stream.write(line, this.written);
  }

  flush(ms: number): Promise<void> {
    return pollUntil(() => this.stream.writableLength === 0, ms);
  }

  private readonly written = (error: NodeJS.ErrnoException | null | undefined): void => {
    if (error) this.lost.add(1, error.code ?? error.name);
  };
}
