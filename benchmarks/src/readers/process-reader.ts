import { fileURLToPath } from 'node:url';
import { Child } from '../suite/child.js';
import type { MeasuredReader } from './measured-reader.js';
import type { ReaderArgument, ReaderOrder, ReaderReply, ReaderUsage } from './reader-messages.js';

const FILE = fileURLToPath(new URL('reader-process.js', import.meta.url));

/** Reads in a process of Node. */
export class ProcessReader implements MeasuredReader {
  readonly versions = {};

  private constructor(private readonly process: Child<ReaderOrder, ReaderReply>) {}

  /** Connects and subscribes by the library of the peer. */
  static async open(argument: ReaderArgument, channel: string): Promise<ProcessReader> {
    const reader = new ProcessReader(Child.start(FILE, `the reader of ${argument.peer}`, JSON.stringify(argument)));
    try {
      await reader.process.ask({ kind: 'connect', channel });
      return reader;
    } catch (error) {
      await reader.stop();
      throw error;
    }
  }

  async begin(): Promise<void> {
    await this.process.ask({ kind: 'begin' });
  }

  async reaches(events: number, timeoutMs: number): Promise<boolean> {
    return (await this.process.ask({ kind: 'await', events, timeoutMs })).isComplete;
  }

  end(): Promise<ReaderUsage> {
    return this.process.ask({ kind: 'end' });
  }

  stop(): Promise<void> {
    return this.process.stop();
  }
}
