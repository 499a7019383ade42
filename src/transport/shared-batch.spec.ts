import { describe, expect, it } from 'vitest';
import { Frame } from './frame.js';
import { SharedBatch } from './shared-batch.js';

const a = Frame.text('a');
const b = Frame.text('b');

describe('a shared batch', () => {
  it('gives the bytes of a single frame without copying them', () => {
    expect(new SharedBatch().bytesOf([a], 0)).toBe(a.bytes);
  });

  it('gives one buffer to every socket with the same frames', () => {
    const shared = new SharedBatch();
    const first = shared.bytesOf([a, b], 0);
    expect(first).toEqual(Buffer.concat([a.bytes, b.bytes]));
    expect(shared.bytesOf([a, b], 0)).toBe(first);
  });

  it('still does after a socket with a single frame in between', () => {
    const shared = new SharedBatch();
    const first = shared.bytesOf([a, b], 0);
    shared.bytesOf([a], 0);
    expect(shared.bytesOf([a, b], 0)).toBe(first);
  });

  it.each([
    ['in another order', [b, a]],
    ['with one more', [a, b, a]],
    ['with an equal but other frame', [a, Frame.text('b')]],
  ])('tells apart a list %s', (_, frames) => {
    const shared = new SharedBatch();
    const first = shared.bytesOf([a, b], 0);
    const other = shared.bytesOf(frames, 0);
    expect(other).not.toBe(first);
    expect(other).toEqual(Buffer.concat(frames.map((frame) => frame.bytes)));
  });

  it('tells apart sockets of different compression', () => {
    const long = Frame.text('x'.repeat(5000));
    const shared = new SharedBatch();
    const plain = shared.bytesOf([a, long], 0);
    const compressed = shared.bytesOf([a, long], 15);
    expect(compressed).toEqual(Buffer.concat([a.bytes, long.bytesFor(15)]));
    expect(compressed.length).toBeLessThan(plain.length);
  });
});
