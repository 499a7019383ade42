import { Buffer } from 'node:buffer';
import type { Duplex } from 'node:stream';
import { inflateRawSync } from 'node:zlib';
import { CloseCode } from '@skreaver/protocol';
import type { WebSocket } from 'ws';

/**
 * RFC 7692 §7.2.2: what the sender of a message leaves out at its end; then an empty last block. Only where the message is
 * whole does inflate come upon that: else it would take for the message what there is of it, and the four bytes for more.
 */
const TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff, 0x01, 0x00, 0x00, 0xff, 0xff]);
/** Inflate's output comes in chunks of 16 KiB: a message of less than half of one is copied, so as not to keep it. */
const COPIED_BELOW_BYTES = 8192;

const NOTHING = Buffer.alloc(0);

/** What the receiver of ws is told, never in the turn in which it asked. */
type Inflated = (error: Error | null, data?: Buffer) => void;

/**
 * The inbound half of permessage-deflate in the place of ws's own, which keeps an inflater, 16 KB and more, for each
 * connection that ever sent a compressed message. No context is taken over from message to message, so nothing has to be
 * kept; and a message is inflated at once: 4 µs for a short one, where the way through the thread pool costs 20.
 */
export class Inflation {
  /** Of a message whose end has not come yet; bounded by ws, which counts them and their bytes. */
  private fragments: Buffer[] | undefined;
  /** Gives ws what it asked for while the WebSocket was paused; it asks for nothing more until it has that. */
  private release: (() => void) | undefined;
  /** The stream closed during a pause: what waited is forgotten, so what came after it is not inflated any more. */
  private lost = false;

  /**
   * @param webSocket paused when enough waits to be handled; closed when a message is no deflate, or too large
   * @param stream under the WebSocket; when it closes, ws waits for its answer even in a pause
   * @param maxBytes a message that inflates to more is not inflated any further
   */
  constructor(
    private readonly webSocket: Pick<WebSocket, 'close' | 'isPaused'>,
    private readonly stream: Pick<Duplex, 'once' | 'off'>,
    private readonly maxBytes: number,
  ) {}

  /**
   * Called by ws, for one frame after the other. A pause holds it up: what one read of the socket (64 KiB) already brought
   * may be a thousand times that.
   */
  decompress(data: Buffer, isLast: boolean, inflated: Inflated): void {
    if (this.lost) process.nextTick(inflated, null, NOTHING);
    else if (this.webSocket.isPaused) this.hold(() => this.decompress(data, isLast, inflated));
    else this.decompressNow(data, isLast, inflated);
  }

  /** To be called when the WebSocket is no longer paused. */
  resume(): void {
    this.release?.();
  }

  /** Called by ws when the connection is closed. */
  cleanup(): void {
    this.fragments = undefined;
  }

  private hold(goOn: () => void): void {
    const onClose = (): void => {
      this.lost = true;
      this.resume();
    };
    this.release = () => {
      this.release = undefined;
      this.stream.off('close', onClose);
      goOn();
    };
    this.stream.once('close', onClose);
  }

  private decompressNow(data: Buffer, isLast: boolean, inflated: Inflated): void {
    if (!isLast) {
      // A copy: the frame lies in a buffer of 64 KiB that it would keep.
      (this.fragments ??= []).push(Buffer.from(data));
      process.nextTick(inflated, null, NOTHING);
      return;
    }
    const whole = Buffer.concat([...(this.fragments ?? []), data, TAIL]);
    this.fragments = undefined;
    try {
      process.nextTick(inflated, null, inflate(whole, this.maxBytes));
    } catch (error) {
      // Before the receiver hears of it: it closes too, but knows the code only of its own errors.
      this.webSocket.close(isTooLarge(error) ? CloseCode.MessageTooBig : CloseCode.InvalidPayload);
      process.nextTick(inflated, error);
    }
  }
}

/** What `inflateRawSync` gives with `info`. */
interface Inflate {
  readonly buffer: Buffer;
  /** `bytesWritten`: how much of the input it has read. */
  readonly engine: { readonly bytesWritten: number };
}

function inflate(whole: Buffer, maxOutputLength: number): Buffer {
  const { buffer, engine } = inflateRawSync(whole, { maxOutputLength, info: true }) as unknown as Inflate;
  if (!isEnd(whole.subarray(engine.bytesWritten))) throw new Error('Bytes after the last block of a message.');
  return buffer.length < COPIED_BELOW_BYTES ? Buffer.from(buffer) : buffer;
}

/** §7.2.3.4: after a last block of its own a message has an empty byte, which not all senders add. */
function isEnd(rest: Buffer): boolean {
  return rest.length === 0 || TAIL.equals(rest[0] === 0 && rest.length > TAIL.length ? rest.subarray(1) : rest);
}

function isTooLarge(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
}
