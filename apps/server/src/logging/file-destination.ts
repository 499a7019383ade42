import { write, writeSync } from 'node:fs';
import type { LogDestination } from './log-destination.js';
import type { LostLines } from './lost-lines.js';
import { pollUntil } from './poll-until.js';

/**
 * Writes to a file in the thread pool, one write at a time. The next write takes all lines that came in between. After
 * a failure the next lines are tried again, since a full disk may have space again.
 */
export class FileDestination implements LogDestination {
  private waiting: string[] = [];
  private waitingBytes = 0;
  private isWriting = false;
  /** True after a partly written line; the next line then starts with a line break. */
  private isMidLine = false;

  constructor(
    private readonly fd: number,
    private readonly lost: LostLines,
    private readonly maxWaitingBytes: number,
  ) {
    process.once('exit', () => this.writeRest());
  }

  write(line: string): void {
    if (this.waitingBytes > this.maxWaitingBytes) return this.lost.add(1, 'the disk is too slow');
    this.waiting.push(line);
    this.waitingBytes += Buffer.byteLength(line);
    if (!this.isWriting) this.next();
  }

  flush(ms: number): Promise<void> {
    return pollUntil(() => !this.isWriting, ms);
  }

  private next(): void {
    this.isWriting = this.waiting.length > 0;
    if (!this.isWriting) return;
    const lines = this.waiting.length;
    this.writeAll(this.take(), lines);
  }

  private take(): Buffer {
    const bytes = Buffer.from(`${this.isMidLine ? '\n' : ''}${this.waiting.join('')}`);
    this.waiting = [];
    this.waitingBytes = 0;
    return bytes;
  }

  private writeAll(bytes: Buffer, lines: number): void {
    write(this.fd, bytes, (error, count) => {
      if (error === null && count < bytes.length) return this.rest(bytes, count, lines);
      if (error === null) this.isMidLine = false;
      else this.lost.add(lines, error.code ?? error.name);
      this.next();
    });
  }

  /** Continues after a partial write, as on a disk that is almost full. */
  private rest(bytes: Buffer, count: number, lines: number): void {
    const written = bytes.subarray(0, count).toString('latin1').split('\n').length - 1;
    this.isMidLine = bytes[count - 1] !== NEWLINE;
    this.writeAll(bytes.subarray(count), Math.max(1, lines - written));
  }

  /** Writes the last lines synchronously when the process exits. A file takes or refuses them without blocking. */
  private writeRest(): void {
    try {
      if (this.waiting.length > 0) writeSync(this.fd, this.take());
    } catch {
      // The process is exiting; the loss cannot be reported any more.
    }
  }
}

const NEWLINE = 0x0a;
