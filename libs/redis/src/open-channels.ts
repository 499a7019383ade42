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
        for (const channel of opened) this.channels.delete(channel);
        return error;
      }
    }
  }

  async close(channel: string): Promise<void> {
    this.confirmed.delete(channel);
    if (!this.channels.delete(channel)) return;
    // On a link that falls it ends too.
    await this.link.unsubscribe([this.keys.events(channel)]).catch(() => undefined);
  }

  /** Subscribes all of them on a link that rises. */
  async reopen(): Promise<void> {
    await this.link.subscribe([...this.channels].map((channel) => this.keys.events(channel)));
  }

  clear(): void {
    this.channels.clear();
    this.confirmed.clear();
  }
}
