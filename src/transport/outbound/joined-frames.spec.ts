import { describe, expect, it } from 'vitest';
import { Frame, MSGPACK_FORM } from './frame.js';
import { JoinedFrames } from './joined-frames.js';

const a = Frame.text('a');
const b = Frame.text('b');

describe('joined frames', () => {
  it('return the bytes of a single frame without copying them', () => {
    expect(new JoinedFrames().bytesOf([a], 0, 0)).toBe(a.bytes);
  });

  it('return one buffer to every socket with the same frames', () => {
    const joined = new JoinedFrames();
    const first = joined.bytesOf([a, b], 0, 0);
    expect(first).toEqual(Buffer.concat([a.bytes, b.bytes]));
    expect(joined.bytesOf([a, b], 0, 0)).toBe(first);
  });

  it('return the same buffer even after a socket with a single frame in between', () => {
    const joined = new JoinedFrames();
    const first = joined.bytesOf([a, b], 0, 0);
    joined.bytesOf([a], 0, 0);
    expect(joined.bytesOf([a, b], 0, 0)).toBe(first);
  });

  it.each([
    ['in another order', [b, a]],
    ['with one more', [a, b, a]],
    ['with an equal but other frame', [a, Frame.text('b')]],
  ])('differ for a list %s', (_, frames) => {
    const joined = new JoinedFrames();
    const first = joined.bytesOf([a, b], 0, 0);
    const other = joined.bytesOf(frames, 0, 0);
    expect(other).not.toBe(first);
    expect(other).toEqual(Buffer.concat(frames.map((frame) => frame.bytes)));
  });

  it('differ for sockets with different encodings', () => {
    const joined = new JoinedFrames();
    const frames = [Frame.text('[1]'), Frame.text('[2]')];
    const text = joined.bytesOf(frames, 0, 0);
    const packed = joined.bytesOf(frames, 0, MSGPACK_FORM);
    expect(packed).toEqual(Buffer.from([0x82, 2, 0x91, 1, 0x82, 2, 0x91, 2]));
    expect(joined.bytesOf(frames, 0, MSGPACK_FORM)).toBe(packed);
    expect(joined.bytesOf(frames, 0, 0)).toBe(text);
  });

  it('differ for sockets with different compression', () => {
    const long = Frame.text('x'.repeat(5000));
    const joined = new JoinedFrames();
    const plain = joined.bytesOf([a, long], 0, 0);
    const compressed = joined.bytesOf([a, long], 0, 15);
    expect(compressed).toEqual(Buffer.concat([a.bytes, long.bytesFor(15)]));
    expect(compressed.length).toBeLessThan(plain.length);
  });

  it('join the frames from an index on, however the list came by them', () => {
    const joined = new JoinedFrames();
    const tail = joined.bytesOf([b, a, b], 1, 0);
    expect(tail).toEqual(Buffer.concat([a.bytes, b.bytes]));
    expect(joined.bytesOf([a, b], 0, 0)).toBe(tail);
  });

  it('keep their bytes when the list changes afterwards', () => {
    const joined = new JoinedFrames();
    const list = [a, b];
    const first = joined.bytesOf(list, 0, 0);
    list.push(a);
    expect(joined.bytesOf([a, b], 0, 0)).toBe(first);
    expect(joined.bytesOf(list, 0, 0)).toEqual(Buffer.concat([a.bytes, b.bytes, a.bytes]));
  });

  it('keep nothing when cleared, nor old lists over 1 MiB', () => {
    const joined = new JoinedFrames();
    const first = joined.bytesOf([a, b], 0, 0);
    const large = Frame.text('x'.repeat(1_048_576));
    joined.bytesOf([a, large], 0, 0);
    const second = joined.bytesOf([a, b], 0, 0);
    expect(second).not.toBe(first);
    joined.clear();
    expect(joined.bytesOf([a, b], 0, 0)).not.toBe(second);
  });
});
