import type { Buffer } from 'node:buffer';
import type { Fault } from '@skreaver/protocol';
import type { WebSocket } from 'ws';

export interface InboundLimits {
  /** Maximum number of messages that wait to be handled. */
  readonly messages: number;
  /** Maximum bytes of the messages that wait to be handled. */
  readonly bytes: number;
}

/** A message as received, or the fault found in it; both are answered in turn. */
export type InboundItem = Buffer | Fault;

/**
 * Queue of the messages that wait for their turn. At its bound the queue stops reading the socket (backpressure): TCP
 * then stops the peer, and no message is dropped. The messages of one socket read (64 KiB) may exceed the bound.
 * Compressed messages are not inflated until there is room.
 */
export class InboundQueue {
  private items: InboundItem[] = [];
  private bytes = 0;
  private paused = false;

  constructor(
    private readonly webSocket: Pick<WebSocket, 'pause' | 'resume'>,
    private limits: InboundLimits,
  ) {}

  get isPaused(): boolean {
    return this.paused;
  }

  add(item: InboundItem): void {
    this.items.push(item);
    this.bytes += sizeOf(item);
    if (!this.paused && this.isFull()) {
      this.paused = true;
      this.webSocket.pause();
    }
  }

  take(): InboundItem | undefined {
    const item = this.items.shift();
    if (item !== undefined) this.bytes -= sizeOf(item);
    this.resumeWhenCaughtUp();
    return item;
  }

  widen(limits: InboundLimits): void {
    this.limits = limits;
    this.resumeWhenCaughtUp();
  }

  /** Drops the waiting messages and reads on, so that the peer's close frame is seen. */
  close(): void {
    this.items = [];
    this.bytes = 0;
    this.resumeWhenCaughtUp();
  }

  private isFull(): boolean {
    return this.items.length >= this.limits.messages || this.bytes >= this.limits.bytes;
  }

  /** Resumes at half the bound, so that a busy peer is not paused and resumed for every message. */
  private resumeWhenCaughtUp(): void {
    if (!this.paused) return;
    if (this.items.length * 2 > this.limits.messages || this.bytes * 2 > this.limits.bytes) return;
    this.paused = false;
    this.webSocket.resume();
  }
}

function sizeOf(item: InboundItem): number {
  return 'length' in item ? item.length : 0;
}
