import * as fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Listener, listenersRig } from '../../../test/support/listeners-rig.js';
import { Frame } from './frame.js';

afterEach(() => {
  vi.restoreAllMocks();
});

const FULL_AUDIENCE = 10;

/** Creates `count` listeners, all of them in one audience. */
function stage(count: number, limits?: { frames: number; bytes: number }) {
  const rig = listenersRig(count, limits);
  const audience = rig.audienceOf(rig.listeners);
  const publish = (text: string): number => rig.flusher.broadcast(Frame.text(text), audience);
  return { ...rig, audience, publish };
}

describe('an audience', () => {
  it('has every listener once, and none that left', () => {
    const { audience, listeners } = stage(3);
    const [first, second] = listeners as [Listener, Listener];
    audience.add(first.outbox, first);
    expect(audience.size).toBe(3);
    expect(audience.delete(second.outbox)).toBe(true);
    expect(audience.delete(second.outbox)).toBe(false);
    expect([...audience]).toEqual([first, listeners[2]]);
    expect(audience.has(first.outbox)).toBe(true);
    expect(audience.has(second.outbox)).toBe(false);
  });
});

describe('a broadcast that is written in slices', () => {
  /** Each read of the clock finds the slice over. */
  const hurried = (count: number, limits?: { frames: number; bytes: number }) => {
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => (now += 10));
    const rig = stage(count, limits);
    const others = [rig.audienceOf(rig.listeners), rig.audienceOf(rig.listeners)] as const;
    return { ...rig, others };
  };

  it('is written before frames that other audiences of the same sockets get meanwhile', async () => {
    const { publish, flusher, listeners, others, turn } = hurried(100);
    publish('a');
    await turn();
    expect(listeners.filter(({ stream }) => stream.messages.length > 0).length).toBeLessThan(100);
    flusher.broadcast(Frame.text('b'), others[0]);
    flusher.broadcast(Frame.text('c'), others[1]);
    publish('d');
    await vi.waitUntil(() => listeners.every(({ stream }) => stream.messages.includes('d')), 20_000);
    for (const { stream } of listeners) expect(stream.messages).toEqual(['a', 'b', 'c', 'd']);
  });

  it('is written before a burst that is written at once', async () => {
    const { publish, flusher, listeners, others, turn } = hurried(100, { frames: 4, bytes: 1000 });
    publish('a');
    await turn();
    flusher.broadcast(Frame.text('b'), others[0]);
    flusher.broadcast(Frame.text('c'), others[0]);
    flusher.broadcast(Frame.text('d'), others[0]);
    flusher.broadcast(Frame.text('e'), others[0]);
    for (const { stream } of listeners) expect(stream.messages).toEqual(['a', 'b', 'c', 'd', 'e']);
  });
});

describe.each([1, FULL_AUDIENCE])('a broadcast to %i', (count) => {
  it('is written at the end of the turn, with one write per socket and the same buffer for all', async () => {
    const { publish, listeners, turn } = stage(count);
    expect(publish('a')).toBe(count);
    expect(publish('b')).toBe(count);
    for (const { stream } of listeners) expect(stream.taken).toEqual([]);
    await turn();
    const [first] = listeners[0]?.stream.taken ?? [];
    for (const { stream } of listeners) {
      expect(stream.messages).toEqual(['a', 'b']);
      expect(stream.taken).toHaveLength(1);
      expect(stream.taken[0]).toBe(first);
    }
  });

  it('keeps its position among the frames of a single socket', async () => {
    const { publish, listeners, turn, push } = stage(count);
    const [first] = listeners as [Listener];
    const { stream } = first;
    push(first, 'before');
    publish('a');
    push(first, 'between');
    publish('b');
    push(first, 'after');
    await turn();
    expect(stream.messages).toEqual(['before', 'a', 'between', 'b', 'after']);
    expect(stream.taken).toHaveLength(1);
    if (count > 1) expect(listeners[1]?.stream.messages).toEqual(['a', 'b']);
  });

  it('reaches the subscribers at the time of the publish, whoever comes or goes in the same turn', async () => {
    const { publish, listeners, audience, turn } = stage(count + 1);
    const [comes, goes] = listeners as [Listener, Listener];
    audience.delete(comes.outbox);
    publish('a');
    audience.add(comes.outbox, comes);
    audience.delete(goes.outbox);
    publish('b');
    await turn();
    expect(comes.stream.messages).toEqual(['b']);
    expect(goes.stream.messages).toEqual(['a']);
  });

  it('is in publishing order with one to another audience, in one write', async () => {
    const { publish, listeners, flusher, audienceOf, turn } = stage(count);
    const other = audienceOf(listeners);
    for (const text of ['a', 'c', 'e']) {
      publish(text);
      flusher.broadcast(Frame.text(text.toUpperCase()), other);
    }
    await turn();
    for (const { stream } of listeners) {
      expect(stream.messages).toEqual(['a', 'A', 'c', 'C', 'e', 'E']);
      expect(stream.taken).toHaveLength(1);
    }
  });

  it('counts the frames written', async () => {
    const { publish, turn, report } = stage(count);
    publish('a');
    publish('b');
    await turn();
    expect(report.sent).toBe(2 * count);
  });

  it('skips a socket that closed in between, and reaches one that says goodbye if published before', async () => {
    const { publish, listeners, turn, flusher, report } = stage(count + 1);
    const [closed, parting] = listeners as [Listener, Listener];
    publish('a');
    flusher.close(closed.outbox);
    flusher.finish(parting.outbox);
    expect(report.sent).toBe(1);
    publish('b');
    await turn();
    expect(closed.stream.messages).toEqual([]);
    expect(parting.stream.messages).toEqual(['a']);
  });

  it('waits for its socket to drain', async () => {
    const { publish, listeners, turn, flusher } = stage(count);
    const [{ outbox }] = listeners as [Listener];
    publish('a');
    const drained = flusher.whenDrained(outbox);
    expect(drained).toBeDefined();
    await turn();
    await drained;
    expect(flusher.whenDrained(outbox)).toBeUndefined();
  });
});

describe('a broadcast to a large audience', () => {
  it('goes at once to a stalled socket, which may be closed for it and then does not count', async () => {
    const { publish, listeners, audience, turn, flusher } = stage(FULL_AUDIENCE, { frames: 4, bytes: 10_000 });
    const slow = listeners[3] as Listener;
    slow.stream.hold();
    slow.onOverflow = () => {
      flusher.close(slow.outbox);
      audience.delete(slow.outbox);
    };
    publish('stall');
    await turn();
    const delivered: number[] = [];
    for (let at = 0; at < 5; at += 1) {
      delivered.push(publish(`${at}`));
      await turn();
    }
    expect(delivered).toEqual([10, 10, 10, 9, 9]);
    expect(listeners[0]?.stream.messages).toEqual(['stall', '0', '1', '2', '3', '4']);
  });

  it('is written at once when a burst of one turn comes near the bound, so that no peer that reads overflows', async () => {
    const { publish, listeners, turn } = stage(FULL_AUDIENCE, { frames: 10, bytes: 10_000 });
    const texts = Array.from({ length: 57 }, (_, at) => `${at}`);
    for (const text of texts) expect(publish(text)).toBe(FULL_AUDIENCE);
    expect(listeners[5]?.stream.messages.length).toBe(56);
    await turn();
    for (const { stream } of listeners) expect(stream.messages).toEqual(texts);
  });

  it('comes after the frames of a single socket, also when it is written at once', async () => {
    const { publish, listeners, turn, push } = stage(FULL_AUDIENCE, { frames: 4, bytes: 10_000 });
    const [first] = listeners as [Listener];
    const { stream } = first;
    push(first, 'before');
    publish('a');
    publish('b');
    await turn();
    expect(stream.messages).toEqual(['before', 'a', 'b']);
  });

  it('keeps its position when it takes several slices and more frames come in between', async () => {
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    const { publish, listeners, audience, turn, push } = stage(100);
    for (const { outbox } of listeners) {
      const write = outbox.write.bind(outbox);
      outbox.write = (bytes, frames) => {
        now += 0.2;
        return write(bytes, frames);
      };
    }
    publish('a');
    await turn();
    const [had, hasNot, leaves, comes] = [0, 90, 91, 1].map((at) => listeners[at]) as [
      Listener,
      Listener,
      Listener,
      Listener,
    ];
    expect([had, hasNot].map(({ stream }) => stream.messages)).toEqual([['a'], []]);
    publish('b');
    push(had, 'own');
    push(hasNot, 'own');
    audience.delete(leaves.outbox);
    audience.delete(comes.outbox);
    audience.add(comes.outbox, comes);
    publish('c');
    for (let left = 20; left > 0; left -= 1) await turn();
    expect(had.stream.messages).toEqual(['a', 'b', 'own', 'c']);
    expect(hasNot.stream.messages).toEqual(['a', 'b', 'own', 'c']);
    expect(leaves.stream.messages).toEqual(['a', 'b']);
    expect(comes.stream.messages).toEqual(['a', 'b', 'c']);
    expect(listeners[99]?.stream.messages).toEqual(['a', 'b', 'c']);
  });

  it('is joined once for each compression window', async () => {
    const { publish, listeners, turn } = stage(FULL_AUDIENCE);
    for (const listener of listeners.slice(0, 4)) Reflect.set(listener.outbox, 'form', 15);
    publish('x'.repeat(3000));
    publish('y'.repeat(3000));
    await turn();
    const buffers = listeners.map(({ stream }) => stream.taken[0]);
    expect(new Set(buffers.slice(0, 4)).size).toBe(1);
    expect(new Set(buffers.slice(4)).size).toBe(1);
    expect(buffers[0]?.length).toBeLessThan(100);
    expect(buffers[4]?.length).toBe(6008);
  });
});

type Step =
  | { readonly publish: number }
  | { readonly push: number }
  | { readonly change: number; readonly of: number }
  | { readonly tap: number }
  | 'turn';

const SOCKETS = 12;
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ publish: fc.nat(2) }) },
  { weight: 4, arbitrary: fc.record({ push: fc.nat(SOCKETS - 1) }) },
  { weight: 3, arbitrary: fc.record({ change: fc.nat(SOCKETS - 1), of: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ tap: fc.nat(SOCKETS - 1) }) },
  { weight: 2, arbitrary: fc.constant('turn' as const) },
);

describe('a group of sockets, whatever is published, pushed, joined, left and stalled', () => {
  it('reads on every socket what it was sent while it was there, in that order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
        const { listeners, flusher, audienceOf, push, turn } = listenersRig(SOCKETS, { frames: 30, bytes: 1_000_000 });
        const audiences = [SOCKETS, 9, 3].map((size) => audienceOf(listeners.slice(0, size)));
        const sent = new Map(listeners.map((listener) => [listener, [] as string[]]));
        for (const [at, each] of steps.entries()) {
          const text = `#${at}`;
          if (each === 'turn') await turn();
          else if ('publish' in each) {
            const audience = audiences[each.publish] as (typeof audiences)[number];
            flusher.broadcast(Frame.text(text), audience);
            for (const listener of audience) sent.get(listener)?.push(text);
          } else if ('push' in each) {
            const listener = listeners[each.push] as Listener;
            push(listener, text);
            sent.get(listener)?.push(text);
          } else if ('tap' in each) {
            const { stream } = listeners[each.tap] as Listener;
            if (at % 2 === 0) stream.hold();
            else stream.open();
          } else {
            const audience = audiences[each.of] as (typeof audiences)[number];
            const listener = listeners[each.change] as Listener;
            if (!audience.delete(listener.outbox)) audience.add(listener.outbox, listener);
          }
        }
        for (const { stream } of listeners) stream.open();
        for (let left = 10; left > 0; left -= 1) await turn();
        expect(listeners.map(({ stream }) => stream.messages)).toEqual([...sent.values()]);
      }),
      { numRuns: 200 },
    );
  });
});
