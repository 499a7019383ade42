import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StoredPublication } from './backplane.js';
import { EventRing } from './event-ring.js';
import { EVENT_BYTES, EXCLUSION_BYTES, TEXT_BYTES } from './memory-cost.js';

const event = (dataJson: string, timestamp: number): StoredPublication => ({
  channel: 'chat',
  dataJson,
  timestamp,
  position: { epoch: 'e', offset: 1 },
  kind: undefined,
});

const push = (ring: EventRing, index: number, length = 1): void =>
  ring.push(event(`${index}`.padStart(length, 'x'), 1_700_000_000_000 + index), index + 0.5);

describe('EventRing', () => {
  it('contains what an array would, oldest first', () => {
    const actions = fc.array(fc.constantFrom('push', 'push', 'push', 'shift', 'shift', 'clear'), {
      maxLength: 200,
      size: 'max',
    });
    fc.assert(
      fc.property(actions, (steps) => {
        const ring = new EventRing();
        let kept: number[] = [];
        for (const [time, step] of steps.entries()) {
          if (step === 'push') {
            kept.push(time);
            push(ring, time);
          } else if (step === 'clear') {
            kept = [];
            ring.clear();
          } else if (kept.length > 0) {
            kept.shift();
            ring.shift();
          }
          const place = Math.floor(kept.length / 2);
          const [read] = kept[place] === undefined ? [] : [ring.read(place, event)];
          expect(read?.dataJson).toBe(kept[place]?.toString());
          expect(ring.length).toBe(kept.length);
          if (kept.length > 0) expect(ring.firstTime).toBe((kept[0] ?? 0) + 0.5);
        }
        const read = kept.map((_, place) => ring.read(place, event));
        expect(read).toEqual(kept.map((index) => event(`${index}`, 1_700_000_000_000 + index)));
      }),
    );
  });

  it('returns the same object to all readers of an event', () => {
    const ring = new EventRing();
    for (let index = 0; index < 3; index += 1) push(ring, index);
    const read = ring.read(1, event);
    for (let index = 3; index < 10; index += 1) push(ring, index);
    ring.shift();
    expect(ring.read(0, event)).toBe(read);
  });

  it('keeps an event with a sender, metadata or an exclusion as an object, and counts all of it from the beginning', () => {
    const [ring, other] = [new EventRing(), new EventRing()];
    const ofClient = { ...event('1', 7), userId: 'ann', metadataJson: '{"a":1}' };
    ring.push(ofClient, 0);
    other.push(event('1', 7), 0);
    expect(ring.bytes).toBe(other.bytes + EVENT_BYTES + 2 * TEXT_BYTES + 10);
    const third = new EventRing();
    third.push({ ...event('1', 7), except: { connectionId: 'c1', userId: 'ann' } }, 0);
    expect(third.bytes).toBe(other.bytes + EVENT_BYTES + EXCLUSION_BYTES + 2 * TEXT_BYTES + 5);
    const before = ring.bytes;
    expect(ring.read(0, event)).toBe(ofClient);
    expect(ring.bytes).toBe(before);
  });

  it('keeps the bytes of an event with it, and counts them', () => {
    const ring = new EventRing();
    const withBytes = { ...event('1', 7), dataBinary: new Uint8Array(1000) };
    push(ring, 0);
    const before = ring.bytes;
    ring.push(withBytes, 0);
    expect(ring.bytes - before).toBeGreaterThan(1000);
    expect(ring.read(1, event)).toBe(withBytes);
  });

  it('counts more bytes for an event once it was read, once, and subtracts them with it', () => {
    const ring = new EventRing();
    push(ring, 0);
    push(ring, 1);
    const unread = ring.bytes;
    ring.read(0, event);
    expect(ring.bytes).toBe(unread + EVENT_BYTES);
    ring.read(0, event);
    expect(ring.bytes).toBe(unread + EVENT_BYTES);
    ring.shift();
    expect(ring.bytes).toBeLessThan(unread);
  });

  it('counts no bytes while it is empty, and as many afterwards as before', () => {
    const ring = new EventRing();
    expect(ring.bytes).toBe(0);
    for (let index = 0; index < 1000; index += 1) push(ring, index, index);
    ring.clear();
    expect(ring.bytes).toBe(0);
  });

  it('frees memory when it has shrunk', () => {
    const ring = new EventRing();
    push(ring, 10_000);
    const little = ring.bytes;
    for (let index = 10_001; index < 15_000; index += 1) push(ring, index);
    while (ring.length > 1) ring.shift();
    expect(ring.bytes).toBe(little);
  });

  it('counts the bytes of a text by its character width', () => {
    const bytesOf = (dataJson: string): number => {
      const ring = new EventRing();
      ring.push(event(dataJson, 0), 0);
      return ring.bytes;
    };
    expect(bytesOf('x'.repeat(100)) - bytesOf('')).toBe(100);
    expect(bytesOf('ж'.repeat(100)) - bytesOf('')).toBe(200);
  });
});
