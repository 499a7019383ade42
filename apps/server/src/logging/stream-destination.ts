import type { Writable } from 'node:stream';
import type { LogDestination } from './log-destination.js';
import type { LostLines } from './lost-lines.js';
import { pollUntil } from './poll-until.js';

/** A pipe, which the kernel takes from at once while its reader reads. One that was closed stays closed. */
export class StreamDestination implements LogDestination {
  constructor(
    private readonly stream: Writable,
    private readonly lost: LostLines,
    private readonly maxWaitingBytes: number,
  ) {
    // What failed is told to the callback of the write.
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
