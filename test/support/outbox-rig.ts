import { type Duplex, Writable } from 'node:stream';
import type { WebSocket } from 'ws';
import { Frame } from '../../src/transport/frame.js';
import { type FlushSchedule, Outbox } from '../../src/transport/outbox.js';
import { SharedBatch } from '../../src/transport/shared-batch.js';

/** A stream whose "kernel" takes a write only when told to. */
class HeldStream extends Writable {
  readonly taken: Buffer[] = [];
  private readonly waiting: (() => void)[] = [];

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.waiting.push(() => {
      this.taken.push(chunk);
      done();
    });
  }

  /** Takes one write. */
  async take(): Promise<void> {
    this.waiting.shift()?.();
    await new Promise((resolve) => process.nextTick(resolve));
  }

  async takeAll(): Promise<void> {
    while (this.waiting.length > 0) await this.take();
  }

  get text(): string {
    return Buffer.concat(this.taken).toString();
  }

  /** The payloads of the frames taken, none of 64 KiB or more. */
  get messages(): string[] {
    const bytes = Buffer.concat(this.taken);
    const messages: string[] = [];
    for (let at = 0; at < bytes.length;) {
      const short = bytes.readUInt8(at + 1);
      const start = at + (short < 126 ? 2 : 4);
      at = start + (short < 126 ? short : bytes.readUInt16BE(at + 2));
      messages.push(bytes.toString('utf8', start, at));
    }
    return messages;
  }
}

interface Options {
  readonly frames?: number;
  readonly bytes?: number;
  readonly highWaterMark?: number;
  readonly windowBits?: number;
}

/** An outbox over a held stream, flushed by hand. */
export function outboxRig({ frames = 10, bytes = 100_000, highWaterMark = 16_384, windowBits = 0 }: Options = {}) {
  const stream = new HeldStream({ highWaterMark });
  const webSocket = { readyState: 1 as number, OPEN: 1 };
  const scheduled: Outbox[] = [];
  const wrote: number[] = [];
  const dropping: string[] = [];
  const schedule: FlushSchedule = {
    schedule: (each) => scheduled.push(each),
    wrote: (count) => wrote.push(count),
    dropping: (policy) => dropping.push(policy),
  };
  const outbox = new Outbox(
    webSocket as unknown as WebSocket,
    stream as unknown as Duplex,
    schedule,
    { frames, bytes },
    windowBits,
  );
  const flush = (): number => outbox.flush(new SharedBatch());
  const pushAll = (texts: readonly string[]): string[] => texts.map((text) => outbox.push(Frame.text(text)));
  /** Everything to the kernel, as for a peer that reads. */
  const drain = async (): Promise<void> => {
    do await stream.takeAll();
    while (flush() > 0);
  };
  return { outbox, stream, webSocket, scheduled, wrote, dropping, flush, pushAll, drain };
}

/** The bytes of these messages, as text. */
export function wireOf(texts: readonly string[]): string {
  return texts.map((text) => Frame.text(text).bytes.toString()).join('');
}
