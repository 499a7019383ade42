import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StoredPublication } from './backplane.js';
import { EventRing } from './event-ring.js';

const event = (offset: number, dataJson = '1'): StoredPublication => ({
  channel: 'chat',
  dataJson,
  timestamp: 0,
  position: { epoch: 'e', offset },
  kind: undefined,
});

describe('EventRing', () => {
  it('holds what an array would, oldest first', () => {
    const actions = fc.array(fc.constantFrom('push', 'push', 'push', 'shift', 'shift', 'clear'), {
      maxLength: 200,
      size: 'max',
    });
    fc.assert(
      fc.property(actions, (steps) => {
        const ring = new EventRing();
        let kept: { event: StoredPublication; time: number }[] = [];
        for (const [time, step] of steps.entries()) {
          if (step === 'push') {
            kept.push({ event: event(time), time });
            ring.push(event(time), time);
          } else if (step === 'clear') {
            kept = [];
            ring.clear();
          } else if (kept.length > 0) {
            kept.shift();
            ring.shift();
          }
          expect(kept.map((_, place) => ring.at(place))).toEqual(kept.map((each) => each.event));
          expect(ring.length).toBe(kept.length);
          if (kept.length > 0) expect(ring.firstTime).toBe(kept[0]?.time);
        }
      }),
    );
  });

  it('takes no bytes while there is nothing in it, and as many after as before', () => {
    const ring = new EventRing();
    expect(ring.bytes).toBe(0);
    for (let offset = 0; offset < 1000; offset += 1) ring.push(event(offset, 'x'.repeat(offset)), offset);
    ring.clear();
    expect(ring.bytes).toBe(0);
  });

  it('gives room back when it has shrunk', () => {
    const ring = new EventRing();
    ring.push(event(0), 0);
    const little = ring.bytes;
    for (let offset = 1; offset < 5000; offset += 1) ring.push(event(offset), offset);
    while (ring.length > 1) ring.shift();
    expect(ring.bytes).toBe(little);
  });

  it('counts a text by its width', () => {
    const bytesOf = (dataJson: string): number => {
      const ring = new EventRing();
      ring.push(event(1, dataJson), 0);
      return ring.bytes;
    };
    expect(bytesOf('x'.repeat(100)) - bytesOf('')).toBe(100);
    expect(bytesOf('ж'.repeat(100)) - bytesOf('')).toBe(200);
  });
});
