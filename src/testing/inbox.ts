import { performance } from 'node:perf_hooks';
import { clearTimeout, setTimeout } from 'node:timers';
import type { ServerMessage } from '@skreaver/protocol';
import { excerpt } from './excerpt.js';

/** The messages that a client has received and not yet taken, so that a wait never misses one. */
export class Inbox {
  private readonly messages: ServerMessage[] = [];
  private waiting: (() => void)[] = [];
  private ended: string | undefined;

  get unread(): readonly ServerMessage[] {
    return this.messages;
  }

  add(message: ServerMessage): void {
    this.messages.push(message);
    this.wake();
  }

  /** @param why the reason for which no message will come any more */
  end(why: string): void {
    this.ended = why;
    this.wake();
  }

  /**
   * Takes the first message that fits, and leaves the others.
   * @throws Error that shows the unread messages when none fits within `ms`, or when the connection has ended
   */
  async take<M extends ServerMessage>(
    fits: (message: ServerMessage) => message is M,
    what: string,
    ms: number,
  ): Promise<M> {
    const until = performance.now() + ms;
    for (;;) {
      const index = this.messages.findIndex(fits);
      if (index >= 0) return this.messages.splice(index, 1)[0] as M;
      const left = until - performance.now();
      if (this.ended !== undefined) throw this.missing(what, this.ended);
      if (left <= 0) throw this.missing(what, `none came within ${ms} ms`);
      await this.arrival(left);
    }
  }

  private missing(what: string, why: string): Error {
    return new Error(`Expected ${what}: ${why}. Unread messages: ${excerpt(JSON.stringify(this.messages))}`);
  }

  private wake(): void {
    const { waiting } = this;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }

  private arrival(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
