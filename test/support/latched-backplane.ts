import {
  type BackplaneNode,
  type HistoryPage,
  type HistoryQuery,
  MemoryBackplane,
  type Publication,
} from '@skreaver/nestjs-ws';
import type { Position } from '@skreaver/protocol';
import { Latch } from './latch.js';

const UNREACHABLE = 'the backplane cannot be reached';

/**
 * The memory backplane as one that answers over a network: what it was asked is done at once, the answer comes when the test
 * lets it. It may fail, and deliver what nobody published here.
 */
export class LatchedBackplane extends MemoryBackplane {
  readonly opening = new Latch();
  readonly closing = new Latch();
  /** Held before the history or a position is read, and after. */
  readonly reading = new Latch();
  readonly answering = new Latch();
  /** Held before a position is stored. */
  readonly storing = new Latch();
  /** The channels for which `open`, `history` and `acknowledge` fail. */
  readonly broken = new Set<string>();
  readonly opened: string[] = [];
  readonly closed: string[] = [];
  /** The offsets that were to be stored. */
  readonly stored: number[] = [];
  private attached: BackplaneNode | undefined;

  /** For the module's options. */
  readonly source = { backplane: { useFactory: (): LatchedBackplane => this } };

  constructor(maxBytes = 64 * 1_048_576) {
    super(maxBytes);
  }

  override start(node: BackplaneNode): Promise<void> {
    this.attached = node;
    return super.start(node);
  }

  /** As if another node had published. */
  deliver(publication: Partial<Publication> & Pick<Publication, 'channel'>): number {
    const whole = { dataJson: '0', timestamp: 0, position: undefined, kind: undefined, ...publication };
    return this.attached?.deliver(whole) ?? 0;
  }

  override async open(channels: readonly string[]): Promise<ReadonlyMap<string, unknown>> {
    this.opened.push(...channels);
    await super.open(channels);
    await this.opening.wait();
    const broken = channels.filter((channel) => this.broken.has(channel));
    return new Map(broken.map((channel) => [channel, new Error(UNREACHABLE)]));
  }

  override async positions(seen: ReadonlyMap<string, Position | undefined>): Promise<ReadonlyMap<string, Position>> {
    await this.reading.wait();
    const positions = await super.positions(seen);
    await this.answering.wait();
    return positions;
  }

  override async close(channel: string): Promise<void> {
    this.closed.push(channel);
    await super.close(channel);
    await this.closing.wait();
  }

  override async history(channel: string, query: HistoryQuery): Promise<HistoryPage> {
    await this.reading.wait();
    this.breakIfTold(channel);
    const page = await super.history(channel, query);
    await this.answering.wait();
    return page;
  }

  override async acknowledge(channel: string, userId: string, position: Position): Promise<void> {
    this.stored.push(position.offset);
    await this.storing.wait();
    this.breakIfTold(channel);
    await super.acknowledge(channel, userId, position);
  }

  private breakIfTold(channel: string): void {
    if (this.broken.has(channel)) throw new Error(UNREACHABLE);
  }
}
