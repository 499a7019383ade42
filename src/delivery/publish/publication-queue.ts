import { Inject, Injectable } from '@nestjs/common';
import { WaitQueue } from '@skreaver/ordered-locks';
import {
  Backplane,
  type CommandOutcome,
  type NewPublication,
  type NodeCommand,
  type Receipt,
} from '../../backplane/index.js';
import { SubscriberIndex } from '../../channel/index.js';
import { type ResolvedConfig, SkreaverWsConfig } from '../../config/index.js';
import { Flusher, type SliceObserver } from '../../transport/index.js';
import { Everyone } from './everyone.js';

/** Estimated bytes of a waiting publication beside its text. */
const BYTES_EACH = 512;
/** The line of events to everyone; no channel has this name. */
const EVERYONE = '';

/** Publications that wait for the audiences of their channel and of its mirror. */
interface Line {
  readonly name: string;
  readonly mirror: string | undefined;
  readonly waiting: WaitQueue;
}

type SendAllCommand = Extract<NodeCommand, { kind: 'sendAll' }>;
type Content = Pick<NewPublication, 'dataJson' | 'dataBinary' | 'metadataJson' | 'except'>;

/**
 * Applies backpressure on the way to the backplane. While the subscribers of a channel still have to be given earlier
 * publications, its new ones wait here, first come first served; those of other channels pass. One with a mirror waits
 * for the subscribers of both.
 */
@Injectable()
export class PublicationQueue implements SliceObserver {
  /** By channel. */
  private readonly lines = new Map<string, Line>();
  private bytes = 0;
  private isFull = false;

  constructor(
    @Inject(SkreaverWsConfig) private readonly config: ResolvedConfig,
    private readonly backplane: Backplane,
    private readonly index: SubscriberIndex,
    private readonly flusher: Flusher,
    private readonly everyone: Everyone,
  ) {}

  onSliceWritten(): void {
    // A copy: a line that is served moves to the end of the map.
    const lines = [...this.lines.values()];
    for (const line of lines) this.callNext(line);
    this.isFull = this.bytes >= this.config.maxWaitingPublishBytes;
  }

  /**
   * True if a publication must be refused: it would have to wait, and too many wait already. Never for one turn's
   * burst.
   */
  refuses(name: string, mirrorOf?: () => string | undefined): boolean {
    return this.isFull && this.mustWait(name, mirrorOf?.());
  }

  /** True if an event to everyone must be refused. */
  get refusesToAll(): boolean {
    return this.refuses(EVERYONE);
  }

  publish(publication: NewPublication): Promise<Receipt> {
    const { channel, mirror } = publication;
    return this.inTurn(channel, mirror?.channel, publication, () => this.backplane.publish(publication));
  }

  /** Sends an event to everyone, in a line of its own. */
  sendToAll(command: SendAllCommand): Promise<CommandOutcome> {
    return this.inTurn(EVERYONE, undefined, command, () => this.backplane.dispatch(command));
  }

  /**
   * Waits until the audience of a channel may be given a further event, behind the publications that wait already.
   * @returns undefined if it may be given one now
   */
  whenRoom(channel: string): Promise<void> | undefined {
    if (!this.mustWait(channel, undefined)) return undefined;
    return new Promise((resolve) => this.wait(this.lineOf(channel, undefined), 0, resolve));
  }

  private inTurn<T>(name: string, mirror: string | undefined, content: Content, send: () => Promise<T>): Promise<T> {
    if (!this.mustWait(name, mirror)) return send();
    return new Promise((resolve) => {
      this.wait(this.lineOf(name, mirror), bytesOf(content), () => resolve(settled(send)));
    });
  }

  private mustWait(name: string, mirror: string | undefined): boolean {
    return this.lines.has(name) || !this.haveRoom(name, mirror);
  }

  private haveRoom(name: string, mirror: string | undefined): boolean {
    return this.hasRoom(name) && (mirror === undefined || this.hasRoom(mirror));
  }

  private hasRoom(name: string): boolean {
    if (name === EVERYONE) return this.everyone.hasRoom;
    const subscribers = this.index.find(name);
    return subscribers === undefined || this.flusher.hasRoomFor(subscribers.live);
  }

  private lineOf(name: string, mirror: string | undefined): Line {
    const line = this.lines.get(name) ?? { name, mirror, waiting: new WaitQueue() };
    this.lines.set(name, line);
    return line;
  }

  private wait({ waiting }: Line, bytes: number, send: () => void): void {
    this.bytes += bytes;
    waiting.join(() => {
      this.bytes -= bytes;
      send();
    });
  }

  /** A line that was served goes behind the others: they may wait for the same mirror. */
  private callNext(line: Line): void {
    const { name, mirror, waiting } = line;
    if (!this.haveRoom(name, mirror)) return;
    let isServed = true;
    while (isServed && this.haveRoom(name, mirror)) isServed = waiting.callNext();
    this.lines.delete(name);
    if (isServed) this.lines.set(name, line);
  }
}

function bytesOf({ dataJson, dataBinary, metadataJson, except }: Content): number {
  const ids = (except?.connectionId?.length ?? 0) + (except?.userId?.length ?? 0);
  return BYTES_EACH + dataJson.length + (dataBinary?.length ?? 0) + (metadataJson?.length ?? 0) + ids;
}

/** A backplane that throws at once fails this publication, not the slice that it was sent in. */
async function settled<T>(send: () => Promise<T>): Promise<T> {
  return send();
}
