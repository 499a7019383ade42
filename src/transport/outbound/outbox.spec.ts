import { describe, expect, it } from 'vitest';
import { outboxRig as create, wireOf as wire } from '../../../test/support/outbox-rig.js';
import { Frame, type OverflowGroup } from './frame.js';

const numbered = (count: number, from = 0): string[] => Array.from({ length: count }, (_, at) => `#${from + at}`);

describe('an outbox', () => {
  it('writes nothing until flushed, then all of it in order with one write', async () => {
    const { stream, flush, pushAll, isScheduled } = create();
    expect(pushAll(['a', 'b', 'c'])).toEqual([true, true, true]);
    expect(stream.writableLength).toBe(0);
    expect(isScheduled()).toBe(true);
    expect(flush()).toBe(3);
    await stream.takeAll();
    expect(stream.taken).toHaveLength(1);
    expect(stream.text).toBe(wire(['a', 'b', 'c']));
    expect(flush()).toBe(0);
  });

  it('writes compressed frames to a socket that negotiated compression', async () => {
    const { stream, flush, push } = create({ form: 15 });
    const frame = Frame.text('x'.repeat(5000));
    push(frame);
    flush();
    await stream.takeAll();
    expect(stream.taken).toEqual([frame.bytesFor(15)]);
  });

  it('keeps its bound in frames, including those that the kernel has not taken', async () => {
    const { pushAll, flush, stream, push } = create({ frames: 4 });
    pushAll(['a', 'b']);
    flush();
    expect(pushAll(['c', 'd'])).toEqual([true, true]);
    expect(push(Frame.text('e'))).toBe(false);
    await stream.takeAll();
    expect(push(Frame.text('e'))).toBe(true);
  });

  it('keeps its bound in bytes, including those that the kernel has not taken', async () => {
    const { flush, stream, push } = create({ bytes: 1000 });
    push(Frame.text('x'.repeat(596)));
    flush();
    expect(stream.writableLength).toBe(600);
    expect(push(Frame.text('x'.repeat(396)))).toBe(true);
    expect(push(Frame.text(''))).toBe(false);
    await stream.takeAll();
    expect(push(Frame.text(''))).toBe(true);
  });

  it('rejects the frame that overflows, and keeps those before it', async () => {
    const { pushAll, stream, drain } = create({ frames: 2 });
    expect(pushAll(['a', 'b', 'c', 'd', 'e'])).toEqual([true, true, false, false, false]);
    await drain();
    expect(stream.text).toBe(wire(['a', 'b']));
  });

  it('reports the frames that it wrote when it was full', async () => {
    const { pushAll, flush, stream, sent } = create({ frames: 2 });
    pushAll(['a', 'b', 'c']);
    await stream.takeAll();
    flush();
    expect(sent()).toBe(2);
  });

  it('accepts a single frame of any size when nothing waits', () => {
    const { push } = create({ bytes: 100 });
    expect(push(Frame.text('x'.repeat(500)))).toBe(true);
    expect(push(Frame.text('y'))).toBe(false);
  });

  it('waits while the socket is busy and resumes in order', async () => {
    const { pushAll, flush, stream, isScheduled } = create({ highWaterMark: 4, frames: 100 });
    pushAll(numbered(3));
    expect(flush()).toBe(3);
    pushAll(numbered(3, 3));
    expect(flush()).toBe(0);
    expect(isScheduled()).toBe(false);
    await stream.takeAll();
    expect(isScheduled()).toBe(true);
    expect(flush()).toBe(3);
    await stream.takeAll();
    expect(stream.taken).toHaveLength(2);
    expect(stream.text).toBe(wire(numbered(6)));
  });

  it('continues as soon as the kernel has all bytes, though the stream never asked for a pause', async () => {
    const { pushAll, flush, stream, isScheduled } = create();
    pushAll(['first']);
    flush();
    pushAll(['second']);
    expect(stream.writableNeedDrain).toBe(false);
    await stream.take();
    expect(isScheduled()).toBe(true);
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

  it('releases a frame as soon as the kernel has it, though others always wait', async () => {
    const { flush, stream, drain, push } = create({ frames: 10 });
    for (let round = 0; round < 100; round += 1) {
      expect(push(Frame.text(`event ${round}`))).toBe(true);
      if (round >= 5) await stream.take();
      flush();
      expect(stream.writableLength).toBeGreaterThan(0);
    }
    await drain();
    expect(stream.text).toBe(wire(Array.from({ length: 100 }, (_, round) => `event ${round}`)));
  });

  it('hands a stalled kernel at most half of its bound at once', async () => {
    const { pushAll, flush, stream } = create({ frames: 8 });
    pushAll(numbered(8));
    expect(flush()).toBe(4);
    expect(flush()).toBe(0);
    await stream.takeAll();
    expect(stream.text).toBe(wire(numbered(4)));
    expect(flush()).toBe(4);
  });

  it('hands over more than 64 KiB in several writes, the first frame whole in any case', async () => {
    const { drain, stream, push } = create({ bytes: 1_000_000 });
    const texts = [90_000, 30_000, 30_000, 30_000].map((size) => 'x'.repeat(size));
    for (const text of texts) push(Frame.text(text));
    await drain();
    expect(stream.taken.map((chunk) => chunk.length)).toEqual([90_010, 60_008, 30_004]);
    expect(stream.text).toBe(wire(texts));
  });

  it('accepts nothing once closed, and drops the waiting frames', () => {
    const { flush, stream, push, close } = create();
    push(Frame.text('a'));
    close();
    expect(push(Frame.text('b'))).toBe(false);
    expect(flush()).toBe(0);
    expect(stream.writableLength).toBe(0);
  });

  it('finishes by writing the waiting frames, busy or not, and accepts no more', async () => {
    const { flush, stream, pushAll, push, finish } = create({ highWaterMark: 4 });
    pushAll(['first']);
    flush();
    pushAll(['second', 'third']);
    expect(finish()).toBe(2);
    expect(push(Frame.text('fourth'))).toBe(false);
    expect(finish()).toBe(0);
    await stream.takeAll();
    expect(stream.text).toBe(wire(['first', 'second', 'third']));
  });

  it.each(['end', 'destroy'] as const)('writes nothing to a stream after its %s', (how) => {
    const { flush, stream, push } = create();
    push(Frame.text('a'));
    stream[how]();
    expect(flush()).toBe(0);
    expect(stream.writableLength).toBe(0);
    expect(push(Frame.text('b'))).toBe(false);
  });

  it('does not resume if it was closed while the socket was busy', async () => {
    const { flush, stream, pushAll, close, isScheduled } = create({ highWaterMark: 4 });
    pushAll(['first']);
    flush();
    pushAll(['second']);
    close();
    await stream.takeAll();
    expect(isScheduled()).toBe(false);
    expect(stream.text).toBe(wire(['first']));
  });
});

describe('the verdict of an outbox', () => {
  const droppable = (): Frame => {
    const group: OverflowGroup = { overflow: 'latest' };
    return Frame.text('event', { group, withGap: droppable });
  };

  it('is queued for a frame that fits', () => {
    const { outbox } = create({ frames: 2 });
    expect([1, 2, 3].map((at) => outbox.enqueue(Frame.text(`#${at}`)))).toEqual(['queued', 'queued', 'full']);
  });

  it('is full when no frame may be dropped', () => {
    const { outbox } = create({ frames: 1 });
    outbox.enqueue(Frame.text('a'));
    expect(outbox.enqueueByDropping(Frame.text('b'), () => {})).toBe('full');
  });

  it('is queued when other frames were dropped, and the policy is reported', () => {
    const { outbox } = create({ frames: 2 });
    const frame = droppable();
    outbox.enqueue(frame);
    outbox.enqueue(frame);
    const policies: string[] = [];
    expect(outbox.enqueueByDropping(frame, (policy) => policies.push(policy))).toBe('queued');
    expect(policies).toEqual(['latest']);
  });

  it('is closed once it is closed', () => {
    const { outbox, close } = create();
    close();
    expect(outbox.enqueue(Frame.text('a'))).toBe('closed');
    expect(outbox.enqueueByDropping(Frame.text('a'), () => {})).toBe('closed');
  });
});

describe('a flusher whose outbox is full', () => {
  it('closes the connection once, and writes the frames that came before', async () => {
    const { pushAll, overflows, finish, stream } = create({ frames: 2 });
    pushAll(['a', 'b', 'c']);
    expect(overflows()).toBe(1);
    finish();
    await stream.takeAll();
    expect(stream.text).toBe(wire(['a', 'b']));
  });
});

describe('whenDrained', () => {
  it('returns undefined while nothing waits', async () => {
    const { pushAll, drain, whenDrained } = create();
    expect(whenDrained()).toBeUndefined();
    pushAll(['a']);
    await drain();
    expect(whenDrained()).toBeUndefined();
  });

  it('resolves when the kernel has all frames, not before', async () => {
    const { pushAll, flush, stream, whenDrained } = create();
    pushAll(['a']);
    let drained = false;
    const waiting = whenDrained()?.then(() => (drained = true));
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
    const { pushAll, flush, stream, whenDrained } = create();
    stream.open();
    pushAll(['a']);
    const waiting = whenDrained();
    flush();
    await waiting;
    expect(whenDrained()).toBeUndefined();
  });

  it('returns one promise to all callers that wait', () => {
    const { pushAll, whenDrained } = create();
    pushAll(['a']);
    expect(whenDrained()).toBe(whenDrained());
  });

  it.each(['close', 'finish'] as const)('resolves at %s, and returns undefined from then on', async (end) => {
    const rig = create();
    const { pushAll, flush, whenDrained } = rig;
    pushAll(['a']);
    flush();
    const waiting = whenDrained();
    rig[end]();
    await waiting;
    expect(whenDrained()).toBeUndefined();
  });
});
