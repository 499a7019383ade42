import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { outboxRig, wireOf } from '../../../test/support/outbox-rig.js';
import { Frame, type Gap, type OverflowGroup } from './frame.js';

const oldest = (): OverflowGroup => ({ overflow: 'drop_oldest' });
const latest = (): OverflowGroup => ({ overflow: 'latest' });

/** Makes a frame whose text names the event and the gap before it. */
function droppable(group: OverflowGroup, text: string, offset?: number, gap?: Gap): Frame {
  const withGap = (lost: Gap): Frame => droppable(group, text, offset, lost);
  return Frame.text(gap === undefined ? text : `${text} after ${JSON.stringify(gap)}`, { group, offset, withGap });
}

/** Creates an outbox that is stalled: the kernel does not take its first write. */
function stalledRig(limits: { frames?: number; bytes?: number }) {
  const rig = outboxRig(limits);
  rig.pushAll(['!']);
  rig.flush();
  const push = (group: OverflowGroup, ...offsets: number[]): boolean[] =>
    offsets.map((offset) => rig.push(droppable(group, `#${offset}`, offset)));
  /** Drains the outbox and returns the text that the peer reads. */
  const read = async (): Promise<string> => {
    await rig.drain();
    return rig.stream.text;
  };
  return { ...rig, push, pushFrame: rig.push, read };
}

describe('a group that drops the oldest', () => {
  it('drops as many frames as it must, and reports them with the next', async () => {
    const { push, read } = stalledRig({ frames: 4 });
    expect(push(oldest(), 1, 2, 3, 4, 5)).toEqual(Array(5).fill(true));
    expect(await read()).toBe(wireOf(['!', '#3 after {"from":1,"to":2}', '#4', '#5']));
  });

  it('makes room in bytes too', async () => {
    const group = oldest();
    const { read, pushFrame } = stalledRig({ bytes: 1000 });
    for (const offset of [1, 2, 3]) pushFrame(droppable(group, 'x'.repeat(300), offset));
    expect(pushFrame(droppable(group, 'y'.repeat(600), 4))).toBe(true);
    expect(await read()).toBe(wireOf(['!', `${'x'.repeat(300)} after {"from":1,"to":2}`, 'y'.repeat(600)]));
  });

  it('merges consecutive gaps, and starts anew after reporting one', async () => {
    const group = oldest();
    const { push, stream, flush, read } = stalledRig({ frames: 4 });
    push(group, 1, 2, 3, 4);
    push(group, 5);
    await stream.takeAll();
    flush();
    push(group, 6, 7, 8, 9);
    expect(await read()).toBe(wireOf(['!', '#3 after {"from":1,"to":2}', '#4', '#8 after {"from":5,"to":7}', '#9']));
  });

  it('reports only that something is lost if its frames have no offsets', async () => {
    const group = oldest();
    const { read, pushFrame } = stalledRig({ frames: 3 });
    for (const text of ['a', 'b', 'c', 'd']) pushFrame(droppable(group, text));
    expect(await read()).toBe(wireOf(['!', 'c after true', 'd']));
  });

  it('does not count across epochs, where offsets start again', async () => {
    const group = oldest();
    const { push, read } = stalledRig({ frames: 3 });
    push(group, 8, 9, 1, 2, 3);
    expect(await read()).toBe(wireOf(['!', '#2 after true', '#3']));
  });
});

describe('a group that keeps the latest', () => {
  it('keeps only the newest frame at the bound', async () => {
    const { push, read } = stalledRig({ frames: 4 });
    push(latest(), 1, 2, 3, 4);
    expect(await read()).toBe(wireOf(['!', '#4 after {"from":1,"to":3}']));
  });

  it('drops nothing below the bound', async () => {
    const { push, read } = stalledRig({ frames: 4 });
    push(latest(), 1, 2, 3);
    expect(await read()).toBe(wireOf(['!', '#1', '#2', '#3']));
  });

  it('leaves other groups alone if its own gives enough room', async () => {
    const [other, group] = [oldest(), latest()];
    const { push, read } = stalledRig({ frames: 5 });
    push(other, 1, 2);
    push(group, 11, 12, 13);
    expect(await read()).toBe(wireOf(['!', '#1', '#2', '#13 after {"from":11,"to":12}']));
  });
});

describe('a bound that its own group cannot keep', () => {
  it('drops the oldest frames of other groups, and never the newest of any', async () => {
    const [a, b, c] = [oldest(), latest(), oldest()];
    const { push, read } = stalledRig({ frames: 5 });
    push(a, 1);
    push(b, 11, 12);
    push(a, 2);
    expect(push(c, 21)).toEqual([true]);
    expect(push(oldest(), 31)).toEqual([true]);
    expect(push(oldest(), 41)).toEqual([false]);
    expect(await read()).toBe(
      wireOf(['!', '#12 after {"from":11,"to":11}', '#2 after {"from":1,"to":1}', '#21', '#31']),
    );
  });

  it('drops the oldest frames of groups for an undroppable frame too', async () => {
    const group = oldest();
    const { push, pushAll, read } = stalledRig({ frames: 4 });
    push(group, 1, 2, 3);
    expect(pushAll(['answer', 'ping', 'one more'])).toEqual([true, true, false]);
    expect(await read()).toBe(wireOf(['!', '#3 after {"from":1,"to":2}', 'answer', 'ping']));
  });

  it('overflows if only undroppable frames wait', () => {
    const { push, pushAll } = stalledRig({ frames: 4 });
    pushAll(['a', 'b', 'c']);
    expect(push(latest(), 1)).toEqual([false]);
  });
});

describe('an outbox that drops', () => {
  it('keeps room for newer frames when a burst of one turn meets a kernel that takes nothing', async () => {
    const group = latest();
    const { drain, stream, push } = outboxRig({ frames: 4 });
    for (let offset = 1; offset <= 20; offset += 1) expect(push(droppable(group, `#${offset}`, offset))).toBe(true);
    await drain();
    expect(stream.text).toBe(wireOf(['#1', '#2', '#19 after {"from":3,"to":18}', '#20']));
  });

  it('drops nothing of a burst when the kernel takes it', async () => {
    const group = latest();
    const { stream, flush, dropping, push } = outboxRig({ frames: 4 });
    stream.open();
    const texts = Array.from({ length: 50 }, (_, at) => `#${at}`);
    for (const [offset, text] of texts.entries()) push(droppable(group, text, offset));
    flush();
    expect(stream.messages).toEqual(texts);
    expect(dropping).toEqual([]);
  });

  it('is reported once for each policy until it has drained', async () => {
    const [group, other] = [oldest(), latest()];
    const { push, dropping, drain, stream, flush, pushAll } = stalledRig({ frames: 4 });
    push(group, 1, 2, 3, 4, 5, 6);
    await stream.take();
    flush();
    push(group, 7, 8, 9);
    expect(dropping).toEqual(['drop_oldest']);
    push(other, 1, 2, 3);
    expect(dropping).toEqual(['drop_oldest', 'latest']);
    await drain();
    pushAll(['!']);
    flush();
    push(group, 11, 12, 13, 14);
    expect(dropping).toEqual(['drop_oldest', 'latest', 'drop_oldest']);
  });

  it('reports its gaps in the last frames that it writes too', async () => {
    const { push, stream, finish } = stalledRig({ frames: 3 });
    push(oldest(), 1, 2, 3);
    finish();
    await stream.takeAll();
    expect(stream.text).toBe(wireOf(['!', '#2 after {"from":1,"to":1}', '#3']));
  });
});

type Step = { readonly push: number; readonly size: number } | 'flush' | 'take';

/** Index that stands for answers, which have no overflow group. */
const ANSWERS = 3;
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ push: fc.nat(ANSWERS), size: fc.nat(60) }) },
  { weight: 2, arbitrary: fc.constant('flush' as const) },
  { weight: 1, arbitrary: fc.constant('take' as const) },
);

/** Reads `group:offset` and the gap of each message, and fails if a gap is not reported exactly. */
function follow(messages: readonly string[]): number[] {
  const seen = [0, 0, 0, 0];
  for (const message of messages) {
    const [, group, offset, from, to] = /^(\d):(\d+)\.*(?: after {"from":(\d+),"to":(\d+)})?$/.exec(message) ?? [];
    const next = (seen[Number(group)] ?? 0) + 1;
    expect(Number(from ?? next)).toBe(next);
    expect(Number(offset)).toBe(Number(to ?? next - 1) + 1);
    seen[Number(group)] = Number(offset);
  }
  return seen;
}

describe('an outbox with overflow groups, whatever is pushed and however slow the peer', () => {
  it('delivers every group in order, with gaps that are exactly the missing frames', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 120 }), async (steps) => {
        const groups = [oldest(), latest(), oldest()];
        const pushed = [0, 0, 0, 0];
        const { flush, stream, drain, push } = outboxRig({ frames: 8, bytes: 800 });
        for (const each of steps) {
          if (each === 'flush') flush();
          else if (each === 'take') await stream.take();
          else {
            const offset = (pushed[each.push] ?? 0) + 1;
            const text = `${each.push}:${offset}${'.'.repeat(each.size)}`;
            const group = groups[each.push];
            const frame = group === undefined ? Frame.text(text) : droppable(group, text, offset);
            if (!push(frame)) break;
            pushed[each.push] = offset;
          }
        }
        await drain();
        expect(follow(stream.messages)).toEqual(pushed);
      }),
      { numRuns: 300 },
    );
  });

  it('holds no more than the bound allows', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 120 }), async (steps) => {
        const group = oldest();
        const { outbox, flush, stream, push } = outboxRig({ frames: 8, bytes: 800 });
        const waiting = outbox as unknown as { frames: Frame[]; bytes: number; inFlight: number };
        for (const each of steps) {
          if (each === 'flush') flush();
          else if (each === 'take') await stream.take();
          else push(droppable(group, '.'.repeat(each.size)));
          expect(waiting.frames.length + waiting.inFlight).toBeLessThanOrEqual(8);
          expect(waiting.bytes).toBe(waiting.frames.reduce((sum, { bytes }) => sum + bytes.length, 0));
          expect(waiting.bytes + stream.writableLength).toBeLessThanOrEqual(800);
        }
      }),
      { numRuns: 300 },
    );
  });
});
