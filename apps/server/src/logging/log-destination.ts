/**
 * Where the log goes. Writing never blocks, throws or waits for a reader, at the end of the process neither: what cannot be
 * written is lost and counted, and what waits is bounded.
 */
export interface LogDestination {
  /** Takes one line. */
  write(line: string): void;
  /** Resolves when nothing waits any more, and no later than after so many milliseconds. */
  flush(ms: number): Promise<void>;
}
