import { describe, expect, it } from 'vitest';
import { outboxRig as create, wireOf as wire } from '../../../test/support/outbox-rig.js';
import { Frame } from './frame.js';

const numbered = (count: number, from = 0): string[] => Array.from({ length: count }, (_, at) => `#${from + at}`);

describe('an outbox', () => {
  it('writes nothing until flushed, then all of it in order with one write', async () => {
    const { stream, flush, pushAll, scheduled, outbox } = create();
    expect(pushAll(['a', 'b', 'c'])).toEqual([true, true, true]);
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
    expect(pushAll(['c', 'd'])).toEqual([true, true]);
    expect(outbox.push(Frame.text('e'))).toBe(false);
    await stream.takeAll();
    expect(outbox.push(Frame.text('e'))).toBe(true);
  });

  it('keeps its bound in bytes, counting what the kernel has not taken', async () => {
    const { outbox, flush, stream } = create({ bytes: 1000 });
    outbox.push(Frame.text('x'.repeat(596)));
    flush();
    expect(stream.writableLength).toBe(600);
    expect(outbox.push(Frame.text('x'.repeat(396)))).toBe(true);
    expect(outbox.push(Frame.text(''))).toBe(false);
    await stream.takeAll();
    expect(outbox.push(Frame.text(''))).toBe(true);
  });

  it('does not take the frame that overflows, and keeps those before it', async () => {
    const { pushAll, stream, drain } = create({ frames: 2 });
    expect(pushAll(['a', 'b', 'c', 'd', 'e'])).toEqual([true, true, false, false, false]);
    await drain();
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
    expect(outbox.push(Frame.text('x'.repeat(500)))).toBe(true);
    expect(outbox.push(Frame.text('y'))).toBe(false);
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

  it('goes on as soon as the kernel has all, though the stream never asked for a pause', async () => {
    const { outbox, pushAll, flush, stream, scheduled } = create();
    pushAll(['first']);
    flush();
    pushAll(['second']);
    scheduled.length = 0;
    expect(stream.writableNeedDrain).toBe(false);
    await stream.take();
    expect(scheduled).toEqual([outbox]);
  });

  it('adds no listener to the stream, however often it stalls', async () => {
    const { flush, pushAll, stream } = create({ highWaterMark: 4, frames: 100 });
    for (let round = 0; round < 20; round += 1) {
      pushAll(['long enough']);
      flush();
      expect(stream.eventNames()).toEqual([]);
      await stream.takeAll();
    }
  });

  it('counts a frame out as soon as the kernel has it, though others always wait', async () => {
    const { outbox, flush, stream, drain } = create({ frames: 10 });
    for (let round = 0; round < 100; round += 1) {
      expect(outbox.push(Frame.text(`event ${round}`))).toBe(true);
      if (round >= 5) await stream.take();
      flush();
      expect(stream.writableLength).toBeGreaterThan(0);
    }
    await drain();
    expect(stream.text).toBe(wire(Array.from({ length: 100 }, (_, round) => `event ${round}`)));
  });

  it('hands a stalled kernel no more than half of what may wait at once', async () => {
    const { pushAll, flush, stream } = create({ frames: 8 });
    pushAll(numbered(8));
    expect(flush()).toBe(4);
    expect(flush()).toBe(0);
    await stream.takeAll();
    expect(stream.text).toBe(wire(numbered(4)));
    expect(flush()).toBe(4);
  });

  it('hands over more than 64 KiB in several writes, the first frame whole in any case', async () => {
    const { outbox, drain, stream } = create({ bytes: 1_000_000 });
    const texts = [90_000, 30_000, 30_000, 30_000].map((size) => 'x'.repeat(size));
    for (const text of texts) outbox.push(Frame.text(text));
    await drain();
    expect(stream.taken.map((chunk) => chunk.length)).toEqual([90_010, 60_008, 30_004]);
    expect(stream.text).toBe(wire(texts));
  });

  it('takes nothing once closed, and drops what waited', () => {
    const { outbox, flush, stream } = create();
    outbox.push(Frame.text('a'));
    outbox.close();
    expect(outbox.push(Frame.text('b'))).toBe(false);
    expect(flush()).toBe(0);
    expect(stream.writableLength).toBe(0);
  });

  it('finishes by writing what waits, busy or not, and takes nothing more', async () => {
    const { outbox, flush, stream, pushAll } = create({ highWaterMark: 4 });
    pushAll(['first']);
    flush();
    pushAll(['second', 'third']);
    expect(outbox.finish()).toBe(2);
    expect(outbox.push(Frame.text('fourth'))).toBe(false);
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
    expect(outbox.push(Frame.text('b'))).toBe(false);
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

describe('whenDrained', () => {
  it('is undefined while nothing waits', async () => {
    const { outbox, pushAll, drain } = create();
    expect(outbox.whenDrained()).toBeUndefined();
    pushAll(['a']);
    await drain();
    expect(outbox.whenDrained()).toBeUndefined();
  });

  it('resolves when the kernel has all of it, not before', async () => {
    const { outbox, pushAll, flush, stream } = create();
    pushAll(['a']);
    let drained = false;
    const waiting = outbox.whenDrained()?.then(() => (drained = true));
    flush();
    pushAll(['b']);
    await stream.take();
    expect(drained).toBe(false);
    flush();
    expect(drained).toBe(false);
    await stream.take();
    await waiting;
    expect(drained).toBe(true);
  });

  it('resolves at the flush for a peer that reads', async () => {
    const { outbox, pushAll, flush, stream } = create();
    stream.open();
    pushAll(['a']);
    const waiting = outbox.whenDrained();
    flush();
    await waiting;
    expect(outbox.whenDrained()).toBeUndefined();
  });

  it('is one promise for all who wait', () => {
    const { outbox, pushAll } = create();
    pushAll(['a']);
    expect(outbox.whenDrained()).toBe(outbox.whenDrained());
  });

  it.each(['close', 'finish'] as const)('resolves at %s, and is undefined from then on', async (end) => {
    const { outbox, pushAll, flush } = create();
    pushAll(['a']);
    flush();
    const waiting = outbox.whenDrained();
    outbox[end]();
    await waiting;
    expect(outbox.whenDrained()).toBeUndefined();
  });
});
