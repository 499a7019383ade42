import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Child } from '../suite/child.js';
import { Unavailable } from '../suite/unavailable.js';
import type { MeasuredReader } from './measured-reader.js';
import type { ReaderArgument, ReaderOrder, ReaderReply, ReaderUsage } from './reader-messages.js';

const OWN_DIST = fileURLToPath(new URL('..', import.meta.url));

/** Reads in a process of Node. */
export class ProcessReader implements MeasuredReader {
  readonly versions = {};

  private constructor(private readonly process: Child<ReaderOrder, ReaderReply>) {}

  /**
   * Connects and subscribes by the library of the peer.
   * @param baseline path of another checkout, whose reader and client these are
   * @throws Unavailable where that checkout has no reader
   */
  static async open(argument: ReaderArgument, channel: string, baseline?: string): Promise<ProcessReader> {
    const dist = baseline === undefined ? OWN_DIST : join(baseline, 'benchmarks/dist');
    const file = join(dist, 'readers/reader-process.js');
    if (!existsSync(file)) throw new Unavailable('that checkout is older than this case');
    const reader = new ProcessReader(Child.start(file, `the reader of ${argument.peer}`, JSON.stringify(argument)));
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
