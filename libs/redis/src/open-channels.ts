import { BackplaneUnavailableError } from '@skreaver/nestjs-ws';
import type { Keys } from './keys/keys.js';
import type { RedisLink } from './link/redis-link.js';

/** How long an open waits for a link that is down. One that has been down for so long is not waited for. */
const WAIT_MS = 2000;
const ATTEMPTS = 3;

/** The channels whose events this node gets. They are subscribed again by every link that rises. */
export class OpenChannels {
  private readonly channels = new Set<string>();
  /** Those of them that Redis has confirmed. */
  private readonly confirmed = new Set<string>();

  constructor(
    private readonly link: RedisLink,
    private readonly keys: Keys,
  ) {}

  /** Whether what is published in the channel from now on arrives here. */
  arrives(channel: string): boolean {
    return this.confirmed.has(channel);
  }

  has(channel: string): boolean {
    return this.channels.has(channel);
  }

  /** @returns what went wrong, the same for all of them; nothing if they are open */
  async open(channels: readonly string[]): Promise<unknown> {
    const opened = channels.filter((channel) => !this.channels.has(channel));
    for (const channel of opened) this.channels.add(channel);
    const until = performance.now() + (this.link.wasLiveWithin(WAIT_MS) ? WAIT_MS : 0);
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.link.whenLive(until - performance.now());
        if (!this.link.isLive) throw new BackplaneUnavailableError('not_done', this.link.fault);
        await this.link.subscribe(channels.map((channel) => this.keys.events(channel)));
        for (const channel of channels) if (this.channels.has(channel)) this.confirmed.add(channel);
        return undefined;
      } catch (error) {
        const isOver = attempt === ATTEMPTS || performance.now() >= until;
        if (!isOver && error instanceof BackplaneUnavailableError) continue;
        for (const channel of opened) this.forget(channel);
        return error;
      }
    }
  }

  async close(channel: string): Promise<void> {
    if (!this.forget(channel)) return;
    // On a link that falls it ends too.
    await this.link.unsubscribe([this.keys.events(channel)]).catch(() => undefined);
  }

  /** Subscribes all of them on a link that rises, or those in some partitions. */
  async reopen(partitions?: ReadonlySet<number>): Promise<void> {
    const reopened = [...this.channels].filter((channel) => this.isIn(channel, partitions));
    await this.link.subscribe(reopened.map((channel) => this.keys.events(channel)));
    for (const channel of reopened) if (this.channels.has(channel)) this.confirmed.add(channel);
  }

  /** Gives away those in partitions that are in another Redis now. */
  release(partitions: ReadonlySet<number>): string[] {
    const released = [...this.channels].filter((channel) => this.isIn(channel, partitions));
    for (const channel of released) this.forget(channel);
    return released;
  }

  /** Takes those of another Redis; they are subscribed by {@link reopen}. */
  adopt(channels: readonly string[]): void {
    for (const channel of channels) this.channels.add(channel);
  }

  /** @returns whether it was there */
  private forget(channel: string): boolean {
    this.confirmed.delete(channel);
    return this.channels.delete(channel);
  }

  private isIn(channel: string, partitions: ReadonlySet<number> | undefined): boolean {
    return partitions?.has(this.keys.partitionOf(channel)) ?? true;
  }

  clear(): void {
    this.channels.clear();
    this.confirmed.clear();
  }
}
