import { type BackplaneNode, type HistoryPage, type HistoryQuery, MemoryBackplane } from '@skreaver/nestjs-ws';
import { Latch } from '../latch.js';

/** The memory backplane behind a link that loses publications on their way to the node, when a test says so. */
export class LossyBackplane extends MemoryBackplane {
  /** Held before the history is read, and after. */
  readonly reading = new Latch();
  readonly answering = new Latch();
  /** Publications do not arrive. */
  isDeaf = false;
  /** Thrown by every read. */
  outage: Error | undefined;
  /** What every read finds instead of the history, as if the engine had forgotten it. */
  instead: HistoryPage | undefined;
  reads = 0;
  /** Reads under way, and the most that there were. */
  underWay = 0;
  mostUnderWay = 0;
  /** For the module's options. */
  readonly source = { backplane: { useFactory: (): LossyBackplane => this } };
  private joined: BackplaneNode | undefined;

  constructor(maxBytes = 64 * 1_048_576) {
    super(maxBytes);
  }

  /** Where the link says what becomes of it. */
  get link(): BackplaneNode {
    if (this.joined === undefined) throw new Error('No node has joined.');
    return this.joined;
  }

  override start(node: BackplaneNode): Promise<void> {
    this.joined = node;
    const deliver: BackplaneNode['deliver'] = (publication) => (this.isDeaf ? 0 : node.deliver(publication));
    return super.start(
      new Proxy(node, { get: (target, key) => (key === 'deliver' ? deliver : Reflect.get(target, key)) }),
    );
  }

  override async history(channel: string, query: HistoryQuery): Promise<HistoryPage> {
    this.reads += 1;
    this.underWay += 1;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    try {
      await this.reading.wait();
      if (this.outage !== undefined) throw this.outage;
      const page = this.instead ?? (await super.history(channel, query));
      await this.answering.wait();
      return page;
    } finally {
      this.underWay -= 1;
    }
  }
}
