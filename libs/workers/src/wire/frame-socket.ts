import type { Socket } from 'node:net';
import { ByteWriter } from './byte-writer.js';
import { FrameReader, type FrameListener } from './frame-reader.js';
import { HEAD_BYTES, LENGTH_BYTES, MAX_FRAME_BYTES } from './frame.js';

export interface FrameSocketListener {
  readonly frame: FrameListener;
  /** Once, with a sentence; nothing comes afterwards. */
  readonly closed: (reason: string) => void;
}

/**
 * Frames over a socket. What is sent in one turn of the event loop is written at once. A socket whose other side does not
 * read ends when `maxBufferedBytes` wait for it, and one that sends anything but frames ends too.
 */
export class FrameSocket {
  private readonly reader = new FrameReader();
  private readonly out = new ByteWriter();
  private isFlushing = false;
  private isClosed = false;
  /** Until the socket takes more. */
  private draining: Promise<void> | undefined;

  constructor(
    private readonly socket: Socket,
    private readonly maxBufferedBytes: number,
    private readonly listener: FrameSocketListener,
  ) {
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    socket.on('error', (error: NodeJS.ErrnoException) => this.destroy(`The connection failed (${error.code}).`));
    socket.on('close', () => this.destroy('The connection was closed.'));
  }

  get bufferedBytes(): number {
    return this.socket.writableLength + this.out.length;
  }

  /** @returns the bytes of the frame; 0 if it is longer than a frame may be, and not sent */
  send(kind: number, id: number, write?: (out: ByteWriter) => void): number {
    if (this.isClosed) return 0;
    const { out } = this;
    const start = out.length;
    out.u32(0);
    out.u8(kind);
    out.u32(id);
    write?.(out);
    const length = out.length - start - LENGTH_BYTES;
    if (length > MAX_FRAME_BYTES - HEAD_BYTES) {
      out.truncate(start);
      return 0;
    }
    out.patch(start, length);
    this.flushLater();
    if (this.bufferedBytes > this.maxBufferedBytes) this.overflow();
    return length;
  }

  /** Resolves when so little is waiting to be read by the other side, or the socket has closed. */
  async drained(below: number): Promise<void> {
    while (!this.isClosed && this.bufferedBytes > below) {
      this.flush();
      if (this.socket.writableNeedDrain) await (this.draining ??= this.drain());
    }
  }

  private drain(): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        this.socket.off('drain', end).off('close', end);
        this.draining = undefined;
        resolve();
      };
      this.socket.on('drain', end).on('close', end);
    });
  }

  /** Sends what is left, and ends the socket. */
  end(): void {
    this.flush();
    this.isClosed = true;
    this.socket.end();
  }

  destroy(reason: string): void {
    if (!this.isClosed) {
      this.isClosed = true;
      this.listener.closed(reason);
    }
    this.socket.destroy();
  }

  /** Whoever sends hears of it later: it may be in the middle of something. */
  private overflow(): void {
    this.isClosed = true;
    this.socket.destroy();
    queueMicrotask(() => this.listener.closed('The other side does not read.'));
  }

  private receive(chunk: Buffer): void {
    try {
      this.reader.read(chunk, (kind, id, body) => {
        if (!this.isClosed) this.listener.frame(kind, id, body);
      });
    } catch (error) {
      this.destroy(`The other side does not keep to the protocol: ${String(error)}`);
    }
  }

  private flushLater(): void {
    if (this.isFlushing) return;
    this.isFlushing = true;
    setImmediate(() => this.flush());
  }

  private flush(): void {
    this.isFlushing = false;
    if (this.out.length > 0 && !this.isClosed) this.socket.write(this.out.take());
  }
}
