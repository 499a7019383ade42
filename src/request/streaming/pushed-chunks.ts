import { setImmediate as nextTurn } from 'node:timers/promises';
import { WsErrorCode } from '@skreaver/protocol';
import { WsError } from '../../connection/index.js';
import type { RunningRequest } from '../run/running-request.js';

/** Buffers the chunks of a source that cannot be paused until the socket takes them. On overflow the request fails. */
export class PushedChunks {
  private waiting: unknown[] = [];
  private isSending = false;
  private finish: (() => void) | undefined;

  constructor(private readonly running: RunningRequest) {}

  add(chunk: unknown): void {
    if (this.waiting.length >= this.running.maxWaitingChunks) return this.overflow();
    this.waiting.push(chunk);
    if (!this.isSending) void this.send();
  }

  /** @param finish answers the request; called once no chunk waits any more */
  end(finish: () => void): void {
    if (this.waiting.length > 0) this.finish = finish;
    else finish();
  }

  /** Drops the waiting chunks, since the request is over. */
  clear(): void {
    this.waiting = [];
  }

  private async send(): Promise<void> {
    const { socket } = this.running.connection;
    this.isSending = true;
    // If the outbox is empty, the first chunk is sent without delay; the others, one by one as the socket drains.
    await socket.whenDrained();
    while (this.waiting.length > 0) {
      this.running.chunk(this.waiting.shift());
      if (this.waiting.length === 0) this.finish?.();
      await (socket.whenDrained() ?? nextTurn());
    }
    this.isSending = false;
  }

  private overflow(): void {
    const max = this.running.maxWaitingChunks;
    const message = `The result comes faster than this connection takes it; at most ${max} chunks wait.`;
    this.running.abort(new WsError(WsErrorCode.RateLimitExceeded, message, { max }));
  }
}
