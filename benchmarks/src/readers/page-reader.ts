import { bundledPage } from '../browser/bundled-page.js';
import { Chromium } from '../browser/chromium.js';
import { CpuClock } from '../browser/cpu-clock.js';
import { Tab } from '../browser/tab.js';
import { tokenOf } from '../server/token.js';
import type { MeasuredReader } from './measured-reader.js';
import type { ReaderArgument, ReaderUsage } from './reader-messages.js';

/** Their ids. Chromium has other renderers, of its own user interface, which are busy for seconds after its start. */
interface Processes {
  readonly page: number;
  readonly network: number;
}

interface Clocks {
  readonly page: CpuClock;
  readonly network: CpuClock;
  readonly startedAt: number;
}

/** Reads in the one page of a Chromium. */
export class PageReader implements MeasuredReader {
  private clocks: Clocks | undefined;

  private constructor(
    private readonly chromium: Chromium,
    private readonly tab: Tab,
    private readonly processes: Processes,
    readonly versions: Readonly<Record<string, string>>,
  ) {}

  /**
   * Opens a page of the server's own origin, which connects and subscribes by the library of the peer.
   * @param baseline path of another checkout, whose client the page has
   * @throws Unavailable where Chromium is not installed
   */
  static async open({ peer, port }: ReaderArgument, channel: string, baseline?: string): Promise<PageReader> {
    const chromium = await Chromium.start();
    try {
      const tab = await Tab.open(chromium.devTools);
      await tab.serve(await bundledPage(baseline));
      await tab.navigate(`http://127.0.0.1:${port}/`);
      const processes = { page: await tab.processId(), network: await chromium.networkProcess() };
      const reader = new PageReader(chromium, tab, processes, { chromium: await chromium.version() });
      await reader.call('connect', peer, { port, token: tokenOf('reader'), channel });
      await tab.unserve();
      return reader;
    } catch (error) {
      await chromium.stop();
      throw error;
    }
  }

  async begin(): Promise<void> {
    await this.call('begin');
    const { page, network } = this.processes;
    this.clocks = { page: new CpuClock(page), network: new CpuClock(network), startedAt: performance.now() };
  }

  reaches(events: number, timeoutMs: number): Promise<boolean> {
    return this.call('reaches', events, timeoutMs);
  }

  async end(): Promise<ReaderUsage> {
    if (this.clocks === undefined) throw new Error('There is no end without a begin.');
    const { page, network, startedAt } = this.clocks;
    const spent = { cpuMicros: page.micros(), networkMicros: network.micros(), wallMs: performance.now() - startedAt };
    return { ...spent, ...(await this.call<Pick<ReaderUsage, 'events' | 'closed'>>('tally')) };
  }

  stop(): Promise<void> {
    return this.chromium.stop();
  }

  /** Calls an export of `page.ts`. */
  private call<Result>(name: string, ...args: readonly unknown[]): Promise<Result> {
    const list = args.map((arg) => JSON.stringify(arg)).join(', ');
    return this.tab.evaluate<Result>(`import('/page.js').then((page) => page.${name}(${list}))`);
  }
}
