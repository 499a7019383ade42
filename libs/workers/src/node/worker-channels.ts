import { BackplaneUnavailableError } from '@skreaver/nestjs-ws';
import { ToHub } from '../wire/frame.js';
import { writeTexts } from '../wire/fields.js';
import type { HubLink } from './hub-link.js';

/** How long an open waits for a link that is down. */
const WAIT_MS = 2000;
const ATTEMPTS = 3;
const OPEN_AT_ONCE = 512;

/** The channels whose events this node gets. They are opened again by every link that rises. */
export class WorkerChannels {
  private readonly channels = new Set<string>();

  constructor(private readonly link: HubLink) {}

  has(channel: string): boolean {
    return this.channels.has(channel);
  }

  /** @returns what went wrong, the same for all of them; nothing if they are open */
  async open(channels: readonly string[]): Promise<unknown> {
    const opened = channels.filter((channel) => !this.channels.has(channel));
    for (const channel of opened) this.channels.add(channel);
    const until = performance.now() + WAIT_MS;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.link.whenLive(until - performance.now());
        if (!this.link.isLive) throw new BackplaneUnavailableError('not_done', this.link.fault);
        await this.send(channels);
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
    if (!this.channels.delete(channel)) return;
    // With a link that falls it ends too.
    await this.link
      .request({ kind: ToHub.close, effect: 'read', write: (out) => out.text(channel) })
      .catch(() => undefined);
  }

  /** Opens all of them on a link that rises. */
  reopen(): Promise<void> {
    return this.send([...this.channels]);
  }

  clear(): void {
    this.channels.clear();
  }

  private async send(channels: readonly string[]): Promise<void> {
    for (let index = 0; index < channels.length; index += OPEN_AT_ONCE) {
      const batch = channels.slice(index, index + OPEN_AT_ONCE);
      await this.link.request({ kind: ToHub.open, effect: 'read', write: (out) => writeTexts(out, batch) });
    }
  }
}
