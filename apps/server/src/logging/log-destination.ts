/**
 * The output of the log. Writing never blocks, throws or waits for a reader, even while the process exits. The buffer
 * is bounded; lines that cannot be written are dropped and counted.
 */
export interface LogDestination {
  write(line: string): void;
  /** Resolves when the buffer is empty, or after `ms` at the latest. */
  flush(ms: number): Promise<void>;
}
