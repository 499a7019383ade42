import { describe, expect, it } from 'vitest';
import { EventMaker } from './agent-event.js';

describe('EventMaker', () => {
  it.each([100, 128, 1024])('makes events of exactly %i bytes of JSON', (bytes) => {
    const events = new EventMaker(bytes);
    for (let i = 0; i < 100; i++) expect(Buffer.byteLength(JSON.stringify(events.next()))).toBe(bytes);
  });

  it('makes no two events alike, even across makers', () => {
    const [one, other] = [new EventMaker(256), new EventMaker(256)];
    const made = Array.from({ length: 50 }, (_, index) => JSON.stringify((index % 2 === 0 ? one : other).next()));
    expect(new Set(made).size).toBe(50);
  });

  it('stamps events with a monotonic clock', () => {
    const events = new EventMaker(128);
    const [first, second] = [events.next(), events.next()];
    expect(first.at).toMatch(/^\d{15}$/);
    expect(Number(second.at)).toBeGreaterThanOrEqual(Number(first.at));
  });

  it('rejects a size that its fields do not fit into', () => {
    expect(() => new EventMaker(20)).toThrow(/at least \d+ bytes/);
  });
});
