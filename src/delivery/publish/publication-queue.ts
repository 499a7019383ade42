import { Inject, Injectable } from '@nestjs/common';
import { WaitQueue } from '@skreaver/ordered-locks';
import { Backplane, type NewPublication, type Receipt } from '../../backplane/index.js';
import { SubscriberIndex } from '../../channel/index.js';
import { SKREAVER_WS_CONFIG, type ResolvedConfig } from '../../config/index.js';
import { Flusher, type SliceObserver } from '../../transport/index.js';

/** Estimated bytes of a waiting publication beside its text. */
const BYTES_EACH = 512;

/**
 * Applies backpressure on the way to the backplane. While the subscribers of a channel still have to be given earlier
 * publications, its new ones wait here, first come first served; those of other channels pass.
 */
@Injectable()
export class PublicationQueue implements SliceObserver {
  private readonly lines = new Map<string, WaitQueue>();
  private bytes = 0;
  private isFull = false;

  constructor(
    @Inject(SKREAVER_WS_CONFIG) private readonly config: ResolvedConfig,
    private readonly backplane: Backplane,
    private readonly index: SubscriberIndex,
    private readonly flusher: Flusher,
  ) {}

  onSliceWritten(): void {
    for (const [channel, line] of this.lines) this.callNext(channel, line);
    this.isFull = this.bytes >= this.config.maxWaitingPublishBytes;
  }

  /**
   * True if a publication must be refused: it would have to wait, and too many wait already. Never for one turn's
   * burst.
   */
  refuses(channel: string): boolean {
    return this.isFull && this.mustWait(channel);
  }

  publish(publication: NewPublication): Promise<Receipt> {
    if (!this.mustWait(publication.channel)) return this.backplane.publish(publication);
    return new Promise((resolve) => this.wait(publication, resolve));
  }

  private mustWait(channel: string): boolean {
    return this.lines.has(channel) || !this.hasRoom(channel);
  }

  private hasRoom(channel: string): boolean {
    const subscribers = this.index.find(channel);
    return subscribers === undefined || this.flusher.hasRoomFor(subscribers.live);
  }

  private wait(publication: NewPublication, resolve: (receipt: Promise<Receipt>) => void): void {
    const { channel, dataJson, metadataJson } = publication;
    const bytes = BYTES_EACH + dataJson.length + (metadataJson?.length ?? 0);
    const line = this.lines.get(channel) ?? new WaitQueue();
    this.lines.set(channel, line);
    this.bytes += bytes;
    line.join(() => {
      this.bytes -= bytes;
      resolve(this.send(publication));
    });
  }

  /** A backplane that throws at once fails this publication, not the slice that it was sent in. */
  private async send(publication: NewPublication): Promise<Receipt> {
    return this.backplane.publish(publication);
  }

  private callNext(channel: string, line: WaitQueue): void {
    while (this.hasRoom(channel)) {
      if (line.callNext()) continue;
      this.lines.delete(channel);
      return;
    }
  }
}
