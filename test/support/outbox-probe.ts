import type { Duplex } from 'node:stream';
import type { TestApp } from './test-app.js';

interface Inside {
  readonly socket: {
    readonly outbox: {
      readonly frames: readonly unknown[];
      readonly bytes: number;
      readonly inFlight: number;
      readonly stream: Duplex;
    };
  };
  readonly state: { readonly phase: string; readonly code?: number };
}

/** Largest frame header of a message under 64 KiB is 4 bytes, of a longer one 10 (RFC 6455 §5.2). */
const LONG_HEADER = 10;

/** Looks at what waits for one connection: the kernel's buffers hide from a client what the server holds. */
export class OutboxProbe {
  private readonly inside: Inside;
  private readonly stream: Duplex;

  constructor(app: TestApp, connectionId: string) {
    const connection = app.registry.get(connectionId);
    if (connection === undefined) throw new Error('No such connection.');
    this.inside = connection as unknown as Inside;
    this.stream = this.inside.socket.outbox.stream;
  }

  /** Bytes that the kernel has not taken. */
  get backlog(): number {
    return this.stream.writableLength;
  }

  get waitingBytes(): number {
    return this.backlog + this.inside.socket.outbox.bytes;
  }

  get waitingFrames(): number {
    const { frames, inFlight } = this.inside.socket.outbox;
    return frames.length + (this.backlog === 0 ? 0 : inFlight);
  }

  get streamIsDestroyed(): boolean {
    return this.stream.destroyed;
  }

  /** The code with which the connection ended; `undefined` while it stands. */
  get closedWith(): number | undefined {
    return this.inside.state.code;
  }

  /** Bytes of a frame around a string of more than 64 KiB published to the channel. */
  overheadOf(channel: string): number {
    const event = { type: 'event', data: '', metadata: { channel, timestamp: Date.now() } };
    return JSON.stringify(event).length + LONG_HEADER;
  }
}
