import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.js';
import { EventStreams } from './event-streams.js';

const CHANNELS = ['a', 'b', 'c', 'd', 'e'];
const MAX_BYTES = 10_000;
const MAX_IDLE_BYTES = 4000;

const channel = fc.constantFrom(...CHANNELS);
const step = fc.oneof(
  fc.record({
    kind: fc.constant('append' as const),
    channel,
    length: fc.integer({ min: 0, max: 900 }),
    ttl: fc.constantFrom(50, 200),
    size: fc.integer({ min: 1, max: 8 }),
  }),
  fc.record({ kind: fc.constant('read' as const), channel }),
  fc.record({ kind: fc.constantFrom('open' as const, 'close' as const), channel }),
  fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 120 }) }),
  fc.record({ kind: fc.constant('sweep' as const) }),
);

interface Rig {
  readonly clock: ManualClock;
  readonly open: Set<string>;
  readonly streams: EventStreams;
}

function rig(): Rig {
  const clock = new ManualClock();
  const open = new Set<string>();
  return { clock, open, streams: new EventStreams(clock, open, MAX_IDLE_BYTES) };
}

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

function take(next: Step, { clock, open, streams }: Rig): void {
  if (next.kind === 'append') streams.append(streams.of(next.channel), { dataJson: 'x'.repeat(next.length) }, next);
  else if (next.kind === 'read') streams.read(streams.of(next.channel), { limit: 10 });
  else if (next.kind === 'pass') clock.advance(next.ms);
  else if (next.kind === 'sweep') streams.sweep();
  else {
    if (next.kind === 'open') open.add(next.channel);
    else open.delete(next.channel);
    streams.setOpen(next.channel, next.kind === 'open');
  }
}

describe('EventStreams', () => {
  it('count the bytes of their streams, and exceed their bound only for open channels', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120, size: 'max' }), (steps) => {
        const all = rig();
        for (const next of steps) {
          take(next, all);
          all.streams.shrinkTo(MAX_BYTES);
          const kept = CHANNELS.flatMap((name) => all.streams.find(name) ?? []);
          expect(all.streams.bytes).toBe(kept.reduce((sum, { bytes }) => sum + bytes, 0));
          expect(all.streams.bytes).toBeLessThanOrEqual(MAX_BYTES);
          const idle = kept.filter(({ isEmpty, isOpen }) => isEmpty && !isOpen);
          expect(idle.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(MAX_IDLE_BYTES);
        }
        for (const name of CHANNELS) take({ kind: 'open', channel: name }, all);
        all.streams.shrinkTo(0);
        const left = CHANNELS.flatMap((name) => all.streams.find(name) ?? []);
        expect(left.every(({ isEmpty }) => isEmpty)).toBe(true);
        expect(all.streams.bytes).toBe(left.reduce((sum, { positionBytes }) => sum + positionBytes, 0));
        for (const name of CHANNELS) take({ kind: 'close', channel: name }, all);
        all.streams.shrinkTo(0);
        expect(all.streams.bytes).toBe(0);
      }),
    );
  });

  it('free all expired events when swept, though nobody reads', () => {
    const { clock, streams } = rig();
    for (const [index, name] of CHANNELS.entries()) {
      streams.append(streams.of(name), { dataJson: 'x'.repeat(500) }, { size: 5, ttl: index % 2 === 0 ? 100 : 1000 });
    }
    clock.advance(99);
    streams.sweep();
    expect(CHANNELS.filter((name) => streams.find(name)?.isEmpty)).toEqual([]);
    clock.advance(1);
    streams.sweep();
    expect(CHANNELS.filter((name) => streams.find(name)?.isEmpty)).toEqual(['a', 'c', 'e']);
    clock.advance(900);
    streams.sweep();
    expect(CHANNELS.filter((name) => streams.find(name)?.isEmpty)).toEqual(CHANNELS);
  });

  it('keep no expired event of a channel that is published to now and then', () => {
    const { clock, streams } = rig();
    const append = (): number => {
      streams.append(streams.of('a'), { dataJson: 'x'.repeat(100) }, { size: 100, ttl: 50 });
      clock.advance(30);
      return streams.bytes;
    };
    append();
    const bytesOfTwo = append();
    for (let times = 0; times < 10; times += 1) expect(append()).toBe(bytesOfTwo);
  });

  it('expire events by a monotonic clock', () => {
    const { clock, streams } = rig();
    streams.append(streams.of('a'), { dataJson: '1' }, { size: 10, ttl: 50 });
    clock.setWall(0);
    expect(streams.read(streams.of('a'), { limit: 10 }).publications).toHaveLength(1);
    clock.advance(50);
    expect(streams.read(streams.of('a'), { limit: 10 }).publications).toEqual([]);
  });

  it('evict the oldest events of the channel published to longest ago first', () => {
    const { clock, streams } = rig();
    const append = (name: string): void => {
      streams.append(streams.of(name), { dataJson: 'x'.repeat(100) }, { size: 100, ttl: name === 'a' ? 1000 : 2000 });
      clock.advance(1);
    };
    for (const name of ['a', 'b', 'a', 'b', 'b', 'a']) append(name);
    const offsets = (name: string) =>
      streams.read(streams.of(name), { limit: 10 }).publications.map(({ position }) => position.offset);
    streams.shrinkTo(streams.bytes - 1);
    expect([offsets('a'), offsets('b')]).toEqual([
      [1, 2, 3],
      [2, 3],
    ]);
    streams.shrinkTo(streams.bytes - 400);
    expect([offsets('a'), offsets('b')]).toEqual([[1, 2, 3], []]);
    streams.shrinkTo(streams.bytes - 1);
    expect([offsets('a'), offsets('b')]).toEqual([[2, 3], []]);
  });

  it('evict the channel used longest ago when too many have no events', () => {
    const { streams } = rig();
    const epochs = new Map<string, string>();
    for (const name of ['a', 'b', 'a', 'c']) {
      epochs.set(name, streams.of(name).epoch);
      streams.read(streams.of(name), { limit: 0 });
      streams.shrinkTo(MAX_BYTES);
    }
    expect(streams.find('b')).toBeUndefined();
    expect(streams.find('a')?.epoch).toBe(epochs.get('a'));
    expect(streams.find('c')?.epoch).toBe(epochs.get('c'));
  });

  it('evict channels that never had an event before any that had one', () => {
    const { clock, streams } = rig();
    const { epoch } = streams.append(streams.of('a'), { dataJson: '1' }, { size: 1, ttl: 50 }).position;
    clock.advance(50);
    streams.sweep();
    for (let index = 0; index < 1000; index += 1) {
      streams.of(`unused-${index}`);
      streams.shrinkTo(MAX_BYTES);
    }
    expect(streams.find('a')?.epoch).toBe(epoch);
    expect(streams.find('unused-0')).toBeUndefined();
    expect(streams.find('unused-999')).toBeDefined();
  });

  it('do not evict an open channel, nor let it displace others', () => {
    const { open, streams } = rig();
    for (let index = 0; index < 10; index += 1) {
      open.add(`open-${index}`);
      streams.of(`open-${index}`);
    }
    streams.of('a');
    streams.shrinkTo(MAX_BYTES);
    expect(streams.find('a')).toBeDefined();
    streams.shrinkTo(100);
    expect(streams.find('a')).toBeUndefined();
    expect(streams.find('open-0')).toBeDefined();
    streams.setOpen('open-0', false);
    streams.shrinkTo(100);
    expect(streams.find('open-0')).toBeUndefined();
  });
});
