import { Writable, type Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { Frame } from './frame.js';
import { Outbox } from './outbox.js';
import { SharedBatch } from './shared-batch.js';

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
}

interface Options {
  readonly frames?: number;
  readonly bytes?: number;
  readonly highWaterMark?: number;
  readonly windowBits?: number;
}

function create({ frames = 10, bytes = 100_000, highWaterMark = 16_384, windowBits = 0 }: Options = {}) {
  const stream = new HeldStream({ highWaterMark });
  const webSocket = { readyState: 1 as number, OPEN: 1 };
  const scheduled: Outbox[] = [];
  const wrote: number[] = [];
  const schedule = { schedule: (each: Outbox) => scheduled.push(each), wrote: (count: number) => wrote.push(count) };
  const outbox = new Outbox(
    webSocket as unknown as WebSocket,
    stream as unknown as Duplex,
    schedule,
    { frames, bytes },
    windowBits,
  );
  const flush = (): number => outbox.flush(new SharedBatch());
  const pushAll = (texts: readonly string[]): string[] => texts.map((text) => outbox.push(Frame.text(text)));
  return { outbox, stream, webSocket, scheduled, wrote, flush, pushAll };
}

const wire = (texts: readonly string[]): string => texts.map((text) => Frame.text(text).bytes.toString()).join('');
const numbered = (count: number, from = 0): string[] => Array.from({ length: count }, (_, at) => `#${from + at}`);

describe('an outbox', () => {
  it('writes nothing until flushed, then all of it in order with one write', async () => {
    const { stream, flush, pushAll, scheduled, outbox } = create();
    expect(pushAll(['a', 'b', 'c'])).toEqual(['queued', 'queued', 'queued']);
    expect(stream.writableLength).toBe(0);
    expect(scheduled).toContain(outbox);
    expect(flush()).toBe(3);
    await stream.takeAll();
    expect(stream.taken).toHaveLength(1);
    expect(stream.text).toBe(wire(['a', 'b', 'c']));
    expect(flush()).toBe(0);
  });

  it('writes compressed frames to a socket that negotiated compression', async () => {
    const { stream, flush, outbox } = create({ windowBits: 15 });
    const frame = Frame.text('x'.repeat(5000));
    outbox.push(frame);
    flush();
    await stream.takeAll();
    expect(stream.taken).toEqual([frame.bytesFor(15)]);
  });

  it('keeps its bound in frames, counting what the kernel has not taken', async () => {
    const { pushAll, flush, outbox, stream } = create({ frames: 4 });
    pushAll(['a', 'b']);
    flush();
    expect(pushAll(['c', 'd'])).toEqual(['queued', 'queued']);
    expect(outbox.push(Frame.text('e'))).toBe('overflow');
    await stream.takeAll();
    expect(outbox.push(Frame.text('e'))).toBe('queued');
  });

  it('keeps its bound in bytes, counting what the kernel has not taken', async () => {
    const { outbox, flush, stream } = create({ bytes: 1000 });
    outbox.push(Frame.text('x'.repeat(596)));
    flush();
    expect(stream.writableLength).toBe(600);
    expect(outbox.push(Frame.text('x'.repeat(396)))).toBe('queued');
    expect(outbox.push(Frame.text(''))).toBe('overflow');
    await stream.takeAll();
    expect(outbox.push(Frame.text(''))).toBe('queued');
  });

  it('does not take the frame that overflows, and keeps those before it', async () => {
    const { pushAll, stream } = create({ frames: 2 });
    expect(pushAll(['a', 'b', 'c', 'd', 'e'])).toEqual(['queued', 'queued', 'overflow', 'overflow', 'overflow']);
    await stream.takeAll();
    expect(stream.text).toBe(wire(['a', 'b']));
  });

  it('tells of the frames that it wrote when it was full', async () => {
    const { pushAll, wrote, flush, stream } = create({ frames: 2 });
    pushAll(['a', 'b', 'c']);
    await stream.takeAll();
    const told = wrote.reduce((sum, count) => sum + count, 0) + flush();
    expect(told).toBe(2);
  });

  it('takes a single frame of any size when nothing waits', () => {
    const { outbox } = create({ bytes: 100 });
    expect(outbox.push(Frame.text('x'.repeat(500)))).toBe('queued');
    expect(outbox.push(Frame.text('y'))).toBe('overflow');
  });

  it('waits while the socket is busy and resumes in order', async () => {
    const { outbox, pushAll, flush, stream, scheduled } = create({ highWaterMark: 4, frames: 100 });
    pushAll(numbered(3));
    expect(flush()).toBe(3);
    scheduled.length = 0;
    pushAll(numbered(3, 3));
    expect(flush()).toBe(0);
    expect(scheduled).toEqual([]);
    await stream.takeAll();
    expect(scheduled).toEqual([outbox]);
    expect(flush()).toBe(3);
    await stream.takeAll();
    expect(stream.taken).toHaveLength(2);
    expect(stream.text).toBe(wire(numbered(6)));
  });

  it('asks for one drain only, however often the socket is busy', async () => {
    const { outbox, flush, pushAll, stream } = create({ highWaterMark: 4, frames: 100 });
    for (let round = 0; round < 20; round += 1) {
      pushAll(['long enough']);
      flush();
      expect(stream.listenerCount('drain')).toBeLessThanOrEqual(1);
      await stream.takeAll();
    }
    expect(outbox.push(Frame.text('a'))).toBe('queued');
  });

  it('counts a frame out as soon as the kernel has it, though others are always under way', async () => {
    const { outbox, flush, stream } = create({ frames: 10 });
    for (let round = 0; round < 100; round += 1) {
      expect(outbox.push(Frame.text(`event ${round}`))).toBe('queued');
      flush();
      if (round >= 5) await stream.take();
      expect(stream.writableLength).toBeGreaterThan(0);
    }
    await stream.takeAll();
    expect(stream.text).toBe(wire(Array.from({ length: 100 }, (_, round) => `event ${round}`)));
  });

  it('takes nothing once closed, and drops what waited', () => {
    const { outbox, flush, stream } = create();
    outbox.push(Frame.text('a'));
    outbox.close();
    expect(outbox.push(Frame.text('b'))).toBe('closed');
    expect(flush()).toBe(0);
    expect(stream.writableLength).toBe(0);
  });

  it('finishes by writing what waits, busy or not, and takes nothing more', async () => {
    const { outbox, flush, stream, pushAll } = create({ highWaterMark: 4 });
    pushAll(['first']);
    flush();
    pushAll(['second', 'third']);
    expect(outbox.finish()).toBe(2);
    expect(outbox.push(Frame.text('fourth'))).toBe('closed');
    expect(outbox.finish()).toBe(0);
    await stream.takeAll();
    expect(stream.text).toBe(wire(['first', 'second', 'third']));
  });

  it.each([2, 3])('writes nothing after a close frame may have gone out (ready state %i)', (readyState) => {
    const { outbox, flush, stream, webSocket } = create();
    outbox.push(Frame.text('a'));
    webSocket.readyState = readyState;
    expect(flush()).toBe(0);
    expect(stream.writableLength).toBe(0);
    expect(outbox.push(Frame.text('b'))).toBe('closed');
  });

  it('resumes nothing when it was closed while the socket was busy', async () => {
    const { outbox, flush, stream, pushAll, scheduled } = create({ highWaterMark: 4 });
    pushAll(['first']);
    flush();
    pushAll(['second']);
    outbox.close();
    scheduled.length = 0;
    await stream.takeAll();
    expect(scheduled).toEqual([]);
    expect(stream.text).toBe(wire(['first']));
  });
});
