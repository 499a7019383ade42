import type { StoredPublication } from '../backplane/index.js';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecentEvents } from './recent-events.js';

const TTL = 1000;
const event = (offset: number, channel = 'chat', epoch = 'e'): StoredPublication => ({
  channel,
  dataJson: `${offset}`,
  timestamp: 0,
  position: { epoch, offset },
  kind: undefined,
});
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);

function ringOf(offsets: readonly number[], maxBytes = 1e6) {
  const clock = { now: 0 };
  const recent = new RecentEvents(maxBytes, () => clock.now);
  for (const offset of offsets) recent.add(event(offset), TTL);
  const read = (query: { after?: number; limit?: number; reverse?: boolean }, channel = 'chat') =>
    recent.read(channel, { limit: 100, ...query })?.publications.map(({ position }) => position.offset);
  return { recent, read, clock };
}

describe('RecentEvents', () => {
  it('answers what it has seen all of, and nothing else', () => {
    const { read, recent } = ringOf(range(5, 9));
    expect(read({ after: 4 })).toEqual([5, 6, 7, 8, 9]);
    expect(read({ after: 6, limit: 2 })).toEqual([7, 8]);
    expect(read({ after: 9 })).toEqual([]);
    expect(read({ after: 3 })).toBeUndefined();
    expect(read({})).toBeUndefined();
    expect(read({ after: 10 })).toBeUndefined();
    expect(read({ reverse: true, limit: 2 })).toEqual([9, 8]);
    expect(read({ reverse: true, after: 8, limit: 3 })).toEqual([7, 6, 5]);
    expect(read({ reverse: true, after: 8, limit: 4 })).toBeUndefined();
    expect(recent.read('chat', { after: 4, limit: 1 })?.top).toEqual({ epoch: 'e', offset: 9 });
  });

  it('begins again at a gap and in another epoch, and takes nothing twice', () => {
    const { read, recent } = ringOf([1, 2, 2, 1, 3, 5, 6]);
    expect(read({ after: 4 })).toEqual([5, 6]);
    expect(read({ after: 3 })).toBeUndefined();
    recent.add(event(7, 'chat', 'f'), TTL);
    expect(read({ after: 6 })).toEqual([7]);
    expect(read({ after: 5 })).toBeUndefined();
  });

  it('joins what was read to what was seen', () => {
    const { read, recent } = ringOf(range(5, 6));
    const fill = (from: number, to: number, top: number, epoch = 'e') => {
      const publications = range(from, to).map((offset) => event(offset, 'chat', epoch));
      recent.fill('chat', { publications, top: { epoch, offset: top } }, () => TTL);
    };
    fill(1, 3, 6);
    expect(read({ after: 0 })).toBeUndefined();
    fill(2, 5, 6);
    expect(read({ after: 1 })).toEqual([2, 3, 4, 5, 6]);
    fill(1, 1, 9, 'f');
    expect(read({ after: 0 })).toBeUndefined();
  });

  it('begins with what was read up to the position of the channel, and with nothing less', () => {
    const page = (to: number, top: number) => ({
      publications: range(1, to).map((offset) => event(offset)),
      top: { epoch: 'e', offset: top },
    });
    const { read, recent, clock } = ringOf([]);
    recent.fill('chat', page(3, 4), () => TTL);
    expect(read({ after: 0 })).toBeUndefined();
    recent.fill('chat', page(4, 4), () => TTL);
    expect(read({ after: 2 })).toEqual([3, 4]);
    recent.add(event(6), TTL);
    clock.now = TTL;
    expect(read({ after: 5 })).toBeUndefined();
    // 6 was seen here, so a page that ends before it is late.
    recent.fill('chat', page(5, 5), () => TTL);
    expect(read({ after: 0 })).toBeUndefined();
  });

  it('answers nothing once the channel is beyond what was seen, until that was read', () => {
    const { read, recent } = ringOf(range(1, 3));
    recent.reach('chat', { epoch: 'e', offset: 3 });
    expect(read({ after: 3 })).toEqual([]);
    recent.reach('chat', { epoch: 'e', offset: 5 });
    expect(read({ after: 3 })).toBeUndefined();
    const publications = range(1, 4).map((offset) => event(offset));
    recent.fill('chat', { publications, top: { epoch: 'e', offset: 4 } }, () => TTL);
    expect(read({ after: 3 })).toBeUndefined();
    recent.fill('chat', { publications: [...publications, event(5)], top: { epoch: 'e', offset: 5 } }, () => TTL);
    expect(read({ after: 3 })).toEqual([4, 5]);
  });

  it('gives an event until its TTL is over, and not from then on', () => {
    const { read, clock, recent } = ringOf(range(1, 2));
    clock.now = 500;
    recent.add(event(3), TTL);
    clock.now = 999;
    expect(read({ after: 0 })).toEqual([1, 2, 3]);
    clock.now = 1000;
    expect(read({ after: 0 })).toBeUndefined();
    expect(read({ after: 2 })).toEqual([3]);
    clock.now = 1500;
    expect(read({ after: 2 })).toBeUndefined();
    expect(recent.size).toBe(0);
  });

  it('keeps within its bytes whatever is added, and loses the oldest of the channel that was used longest ago', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 200 }), (channels) => {
        const { recent, read } = ringOf([], 3000);
        const tops = new Map<string, number>();
        for (const channel of channels) {
          const offset = (tops.get(channel) ?? 0) + 1;
          tops.set(channel, offset);
          recent.add(event(offset, channel), TTL);
          expect(recent.size).toBeLessThanOrEqual(3000);
          expect(read({ after: offset - 1 }, channel)).toEqual([offset]);
        }
      }),
    );
  });

  it('keeps a thousand events of a channel', () => {
    const { read } = ringOf(range(1, 1500));
    expect(read({ after: 499 })).toBeUndefined();
    expect(read({ after: 500, limit: 2 })).toEqual([501, 502]);
  });

  it('is empty when channels are forgotten', () => {
    const { recent } = ringOf(range(1, 3));
    recent.add(event(1, 'other'), TTL);
    recent.forget('chat');
    recent.forget('chat');
    expect(recent.size).toBeGreaterThan(0);
    recent.forget('other');
    expect(recent.size).toBe(0);
  });
});
