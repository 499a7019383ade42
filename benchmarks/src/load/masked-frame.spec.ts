import { describe, expect, it } from 'vitest';
import { maskedFrame } from './masked-frame.js';

const unmasked = (frame: Buffer): string => {
  const at = ((frame[1] as number) & 0x7f) < 126 ? 2 : 4;
  const mask = frame.subarray(at, at + 4);
  return Buffer.from(frame.subarray(at + 4).map((byte, index) => byte ^ (mask[index % 4] as number))).toString();
};

describe('maskedFrame', () => {
  it.each(['', 'short', 'ü'.repeat(62), 'x'.repeat(126), 'y'.repeat(65_535)])('encodes its text (%#)', (text) => {
    expect(unmasked(maskedFrame(text))).toBe(text);
  });

  it('has a mask that is not zero', () => {
    const frame = maskedFrame('abcd');
    expect((frame[1] as number) & 0x80).toBe(0x80);
    expect(frame.subarray(6).toString()).not.toBe('abcd');
  });

  it('has the opcode of a text or of a pong', () => {
    expect(maskedFrame('a')[0]).toBe(0x81);
    expect(maskedFrame('a', 'pong')[0]).toBe(0x8a);
  });

  it('rejects a payload that needs a longer header', () => {
    expect(() => maskedFrame('x'.repeat(65_536))).toThrow(RangeError);
  });
});
