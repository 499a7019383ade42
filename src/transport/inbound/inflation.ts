import { Buffer } from 'node:buffer';
import type { Duplex } from 'node:stream';
import { inflateRawSync } from 'node:zlib';
import { CloseCode } from '@skreaver/protocol';
import type { WebSocket } from 'ws';

/**
 * Appended to a message before it is inflated: the tail that its sender leaves out (RFC 7692 §7.2.2), then an empty
 * final block. The final block is reached only if the message is complete. Without it, zlib would accept a truncated
 * message.
 */
const TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff, 0x01, 0x00, 0x00, 0xff, 0xff]);
/**
 * Zlib's output comes in chunks of 16 KiB. A message of less than half a chunk is copied, so that the chunk is freed.
 */
const COPIED_BELOW_BYTES = 8192;

const NOTHING = Buffer.alloc(0);

/** Callback of ws's receiver; never called synchronously from `decompress`. */
type Inflated = (error: Error | null, data?: Buffer) => void;

/**
 * Replaces the inbound half of ws's permessage-deflate, which keeps an inflater of 16 KB or more for each connection
 * that ever sent a compressed message. No compression context is taken over between messages, so no inflater has to be
 * kept. A message is inflated synchronously: a short one takes 4 µs, while the thread pool alone costs 20 µs.
 */
export class Inflation {
  /** Fragments of an incomplete message; ws bounds their number and bytes. */
  private fragments: Buffer[] | undefined;
  /**
   * Continues the `decompress` call that came while the WebSocket was paused. Until its callback ws makes no other
   * call.
   */
  private release: (() => void) | undefined;
  /** True after the stream closed during a pause: the held message is lost, so later ones are not inflated either. */
  private lost = false;

  /**
   * @param webSocket paused when enough messages wait; closed when a message is invalid or too large
   * @param stream the stream under the WebSocket; when it closes, ws still waits for the callback of a held
   * `decompress`
   * @param maxBytes bound of an inflated message; inflation stops there
   */
  constructor(
    private readonly webSocket: Pick<WebSocket, 'close' | 'isPaused'>,
    private readonly stream: Pick<Duplex, 'once' | 'off'>,
    private readonly maxBytes: number,
  ) {}

  /**
   * Inflates a message; called by ws for one frame after the other. Waits while the WebSocket is paused, since one
   * socket read (64 KiB) may inflate to a thousand times its size.
   */
  decompress(data: Buffer, isLast: boolean, inflated: Inflated): void {
    if (this.lost) process.nextTick(inflated, null, NOTHING);
    else if (this.webSocket.isPaused) this.hold(() => this.decompress(data, isLast, inflated));
    else this.decompressNow(data, isLast, inflated);
  }

  /** Must be called when the WebSocket is no longer paused. */
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
      // Copied, since the frame is a slice of a read buffer of 64 KiB, which it would keep alive.
      (this.fragments ??= []).push(Buffer.from(data));
      process.nextTick(inflated, null, NOTHING);
      return;
    }
    const whole = Buffer.concat([...(this.fragments ?? []), data, TAIL]);
    this.fragments = undefined;
    try {
      process.nextTick(inflated, null, inflate(whole, this.maxBytes));
    } catch (error) {
      // Closes before ws learns of the error: ws would close too, but has close codes only for its own errors.
      this.webSocket.close(isTooLarge(error) ? CloseCode.MessageTooBig : CloseCode.InvalidPayload);
      process.nextTick(inflated, error);
    }
  }
}

/** Result of `inflateRawSync` with `info`. */
interface Inflate {
  readonly buffer: Buffer;
  /** `bytesWritten` is the number of input bytes read. */
  readonly engine: { readonly bytesWritten: number };
}

function inflate(whole: Buffer, maxOutputLength: number): Buffer {
  const { buffer, engine } = inflateRawSync(whole, { maxOutputLength, info: true }) as unknown as Inflate;
  if (!isEnd(whole.subarray(engine.bytesWritten))) throw new Error('Bytes after the last block of a message.');
  return buffer.length < COPIED_BELOW_BYTES ? Buffer.from(buffer) : buffer;
}

/**
 * True if nothing but the tail is left after the inflated blocks. A message with a final block of its own ends in a
 * zero byte (RFC 7692 §7.2.3.4), which not all senders add.
 */
function isEnd(rest: Buffer): boolean {
  return rest.length === 0 || TAIL.equals(rest[0] === 0 && rest.length > TAIL.length ? rest.subarray(1) : rest);
}

function isTooLarge(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
}
