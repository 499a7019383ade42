import type { ReaderUsage } from './reader-messages.js';

/** A client that takes in the events of one channel, in a process that tells its CPU. */
export interface MeasuredReader {
  /** Versions of what runs it. */
  readonly versions: Readonly<Record<string, string>>;
  begin(): Promise<void>;
  /** @returns whether so many events have come since `begin`, within the time */
  reaches(events: number, timeoutMs: number): Promise<boolean>;
  end(): Promise<ReaderUsage>;
  stop(): Promise<void>;
}
