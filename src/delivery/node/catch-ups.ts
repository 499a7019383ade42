import { Inject, Injectable } from '@nestjs/common';
import type { Position } from '@skreaver/protocol';
import { Backplane, type HistoryPage, type StoredPublication } from '../../backplane/index.js';
import { type ResolvedConfig, SkreaverWsConfig } from '../../config/index.js';
import { BackplaneMetrics, ThrottledLog, describeError } from '../../metrics/index.js';
import { TimerWheel } from '../../timers/index.js';
import type { OpenChannel } from '../channel/open-channel.js';
import { OpenChannels } from '../channel/open-channels.js';
import { FanOut } from '../publish/fan-out.js';
import { PublicationQueue } from '../publish/publication-queue.js';
import { HeldPublications } from './held-publications.js';
import { LostPositions } from './lost-positions.js';
import { ReadSlots } from './read-slots.js';

/** Events of one read. */
const PAGE = 500;
/** Reads of this node under way at a time: after an outage many channels are behind at once. */
const MAX_READS = 32;
/** Time in ms after which a read that failed, or found nothing new, is repeated. */
const RETRY_MS = 1000;

/**
 * Repairs gaps. A node that missed publications of a channel reads them from the history and delivers them in order.
 * What arrives meanwhile is held back and follows. If they are not kept any more, or the channel has another epoch, the
 * position is lost, and the subscribers are told (PROTOCOL §6).
 */
@Injectable()
export class CatchUps {
  /** What is held back of each channel that is catching up. */
  private readonly underWay = new Map<OpenChannel, HeldPublications>();
  private readonly reads = new ReadSlots(MAX_READS);

  constructor(
    @Inject(SkreaverWsConfig) private readonly config: ResolvedConfig,
    private readonly backplane: Backplane,
    private readonly channels: OpenChannels,
    private readonly fanOut: FanOut,
    private readonly line: PublicationQueue,
    private readonly lost: LostPositions,
    private readonly wheel: TimerWheel,
    private readonly metrics: BackplaneMetrics,
    private readonly log: ThrottledLog,
  ) {}

  /** Channels that are catching up. */
  get size(): number {
    return this.underWay.size;
  }

  /** Reads what this node missed of a channel, unless it is doing that already. */
  start(open: OpenChannel): void {
    if (!this.underWay.has(open)) void this.run(open, this.begin(open));
  }

  /** Holds back a publication that comes after a gap, and reads what is before it. */
  hold(open: OpenChannel, publication: StoredPublication): void {
    this.start(open);
    this.underWay.get(open)?.add(publication);
  }

  private begin(open: OpenChannel): HeldPublications {
    const held = new HeldPublications(this.config.broadcastBufferSize);
    this.underWay.set(open, held);
    this.metrics.catchUpBegun();
    return held;
  }

  /** Never rejects. Ends when nothing is missing, or when the channel is closed. */
  private async run(open: OpenChannel, held: HeldPublications): Promise<void> {
    let vain = 0;
    while (this.isOpen(open)) {
      // An epoch that was known before the read, and is not the one of the page, has ended.
      const epochs = held.epochs();
      if (open.position !== undefined) epochs.add(open.position.epoch);
      const page = await this.read(open);
      if (!this.isOpen(open)) break;
      if (page !== undefined) {
        epochs.delete(page.top.epoch);
        held.dropOf(epochs);
        vain = (await this.apply(open, page)) ? 0 : vain + 1;
        if (!open.isBehind(page.top) && this.deliverHeld(open, held)) break;
        // The engine knows nothing of what was held back, and did not a second ago.
        if (vain >= 2) this.lose(open, held, page.top);
      }
      if (page === undefined || vain > 0) await this.pause();
    }
    this.underWay.delete(open);
  }

  private isOpen(open: OpenChannel): boolean {
    return this.channels.find(open.name) === open;
  }

  private pause(): Promise<void> {
    return new Promise((resolve) => this.wheel.after(RETRY_MS, () => resolve()));
  }

  private async read({ name, position }: OpenChannel): Promise<HistoryPage | undefined> {
    try {
      return await this.reads.run(() => this.backplane.history(name, { after: position?.offset, limit: PAGE }));
    } catch (error) {
      this.log.write('warn', this, 'missed events could not be read', { channel: name, error: describeError(error) });
      return undefined;
    }
  }

  /** Returns false if the page has nothing new. */
  private async apply(open: OpenChannel, page: HistoryPage): Promise<boolean> {
    const { position } = open;
    if (position === undefined || !isLostAt(position, page)) return this.deliverPage(open, page.publications);
    this.lost.tell(open, page.top);
    return true;
  }

  private lose(open: OpenChannel, held: HeldPublications, top: Position): void {
    held.clear();
    this.lost.tell(open, top);
  }

  /** Delivers the events of a page, as fast as the subscribers take them. Returns false if all were seen before. */
  private async deliverPage(open: OpenChannel, publications: readonly StoredPublication[]): Promise<boolean> {
    let repaired = 0;
    for (const publication of publications) {
      const room = this.line.whenRoom(open.name);
      if (room !== undefined) await room;
      const arrival = open.advance(publication.position);
      if (arrival === 'gap') break;
      if (arrival === 'duplicate') continue;
      this.fanOut.deliver(publication, open);
      repaired += 1;
    }
    this.metrics.eventsRepaired(repaired);
    return repaired > 0;
  }

  /** Delivers what was held back. Returns false if something is missing before it. */
  private deliverHeld(open: OpenChannel, held: HeldPublications): boolean {
    return held.take((publication) => {
      const arrival = open.advance(publication.position);
      if (arrival === 'next') this.fanOut.deliver(publication, open);
      return arrival !== 'gap';
    });
  }
}

/** True if the events after a position are not all there, or belong to another epoch. */
function isLostAt({ epoch, offset }: Position, { publications, top }: HistoryPage): boolean {
  if (top.epoch !== epoch) return true;
  const first = publications[0]?.position.offset ?? top.offset + 1;
  return offset < top.offset && first > offset + 1;
}
