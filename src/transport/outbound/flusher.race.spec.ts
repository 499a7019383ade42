import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Listener, listenersRig } from '../../../test/support/listeners-rig.js';
import type { Audience } from './audience.js';
import type { Flusher } from './flusher.js';
import { Frame } from './frame.js';

const SOCKETS = 120;
/** Ranges of sockets: all, most, enough for a batch only if there is no other batch, and too few for any. */
const AUDIENCES = [
  [0, 120],
  [40, 120],
  [10, 25],
  [60, 63],
] as const;
const LIMITS = { frames: 40, bytes: 1_000_000 };

type Step =
  | { readonly publish: number; readonly times: number; readonly but?: readonly number[] }
  | { readonly push: number }
  | { readonly change: number; readonly of: number }
  | { readonly tap: number }
  | 'ask'
  | 'turn';

const socket = fc.nat(SOCKETS - 1);
const audience = fc.nat(AUDIENCES.length - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ publish: audience, times: fc.integer({ min: 1, max: 8 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      publish: audience,
      times: fc.integer({ min: 1, max: 3 }),
      but: fc.array(socket, { maxLength: 3 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ push: socket }) },
  { weight: 2, arbitrary: fc.record({ change: socket, of: audience }) },
  { weight: 2, arbitrary: fc.record({ tap: socket }) },
  { weight: 2, arbitrary: fc.constant('ask' as const) },
  { weight: 8, arbitrary: fc.constant('turn' as const) },
);

const batchesOf = (flusher: Flusher) =>
  (flusher as unknown as { batches: { waiting: { frames: readonly Frame[]; audience: object }[] } }).batches.waiting;

/** Creates sockets in audiences, with a trivial model of what each socket must read. */
function stage() {
  const rig = listenersRig(SOCKETS + 1, LIMITS);
  const { listeners, flusher, audienceOf, turn } = rig;
  const bystander = listeners.pop() as Listener;
  const expected = new Map(listeners.map((listener): [Listener, string[]] => [listener, []]));
  const audiences = AUDIENCES.map(([from, to]) => audienceOf(listeners.slice(from, to)));
  const at = (index: number): Listener => listeners[index] as Listener;
  const publish = (index: number, text: string): void => {
    const members = audiences[index] as Audience<Listener>;
    expect(flusher.broadcast(Frame.text(text), members)).toBe(members.size);
    for (const listener of members) expected.get(listener)?.push(text);
  };
  const publishBut = (index: number, but: readonly number[], text: string): void => {
    const members = audiences[index] as Audience<Listener>;
    const excluded = new Set(but.map((each) => at(each)));
    const takers = [...members].filter((listener) => !excluded.has(listener));
    const outboxes = new Set([...excluded].map(({ outbox }) => outbox));
    expect(flusher.broadcastExcept(Frame.text(text), members, outboxes)).toBe(takers.length);
    for (const listener of takers) expected.get(listener)?.push(text);
    // As a placeholder follows for them.
    for (const each of new Set(but)) push(each, `${text} skipped`);
  };
  const push = (index: number, text: string): void => {
    rig.push(at(index), text);
    expected.get(at(index))?.push(text);
  };
  const change = (index: number, of: number): void => {
    const members = audiences[of] as Audience<Listener>;
    if (!members.delete(at(index).outbox)) members.add(at(index).outbox, at(index));
  };
  return { listeners, flusher, turn, bystander, expected, at, publish, publishBut, push, change };
}

async function play(steps: readonly Step[]): Promise<void> {
  const { listeners, flusher, turn, bystander, expected, at, publish, publishBut, push, change } = stage();
  const stalled = new Set<Listener>();
  let questions = 0;
  for (const [time, each] of steps.entries()) {
    if (each === 'turn') await turn();
    else if (each === 'ask') {
      // The bystander is in no audience. Whatever the others get, its answer is written in the next slice.
      questions += 1;
      flusher.push(bystander.outbox, Frame.text('pong'));
      await turn();
      expect(bystander.stream.messages).toHaveLength(questions);
    } else if ('publish' in each) {
      for (let left = each.times; left > 0; left -= 1) {
        if (each.but === undefined) publish(each.publish, `#${time}.${left}`);
        else publishBut(each.publish, each.but, `#${time}.${left}`);
      }
    } else if ('push' in each) push(each.push, `#${time}`);
    else if ('change' in each) change(each.change, each.of);
    else if (stalled.delete(at(each.tap))) at(each.tap).stream.open();
    else if (stalled.size < 3) {
      stalled.add(at(each.tap));
      at(each.tap).stream.hold();
    }
    const batches = batchesOf(flusher);
    expect(new Set(batches.map((batch) => batch.audience)).size).toBe(batches.length);
    for (const { frames } of batches) expect(frames.length).toBeLessThan(LIMITS.frames);
  }
  for (const { stream } of listeners) stream.open();
  while (batchesOf(flusher).length > 0) await turn();
  for (let left = 10; left > 0; left -= 1) await turn();
  for (const [{ stream }, texts] of expected) expect(stream.messages).toEqual(texts);
}

describe('the flusher, whatever is published between slices, pushed, joined, left and stalled', () => {
  beforeEach(() => {
    // Each read of the clock finds the slice over.
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => (now += 10));
  });

  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('delivers once and in order to every socket, bounds the waiting frames, and delays a bystander by one slice only', async () => {
    // No more frames are published than a stalled outbox may hold.
    const few = fc.array(step, { maxLength: 60 }).filter((steps) => countOf(steps) < LIMITS.frames);
    await fc.assert(fc.asyncProperty(few, play), { numRuns: 150 });
  });

  it('does the same if nobody stalls and much more is published than may wait', async () => {
    const many = fc.array(step, { minLength: 40, maxLength: 120 });
    const flowing = many.map((steps) => steps.filter((each) => typeof each === 'string' || !('tap' in each)));
    await fc.assert(fc.asyncProperty(flowing, play), { numRuns: 60 });
  });
});

const countOf = (steps: readonly Step[]): number =>
  steps.reduce((sum, each) => sum + (typeof each === 'string' ? 0 : 'publish' in each ? each.times : 1), 0);
