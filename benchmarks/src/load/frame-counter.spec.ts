import { describe, expect, it } from 'vitest';
import { FrameCounter, Opcode } from './frame-counter.js';

interface Seen {
  readonly opcode: number;
  readonly text: string | undefined;
}

const frame = (payload: string, first = 0x81): Buffer => {
  const body = Buffer.from(payload);
  if (body.length < 126) return Buffer.concat([Buffer.from([first, body.length]), body]);
  const head = Buffer.alloc(body.length < 65_536 ? 4 : 10);
  head[0] = first;
  head[1] = head.length === 4 ? 126 : 127;
  if (head.length === 4) head.writeUInt16BE(body.length, 2);
  else head.writeBigUInt64BE(BigInt(body.length), 2);
  return Buffer.concat([head, body]);
};

const countIn = (stream: Buffer, chunkSize: number): Seen[] => {
  const seen: Seen[] = [];
  const counter = new FrameCounter((opcode, bytes, start, end) =>
    seen.push({ opcode, text: start < 0 ? undefined : bytes.toString('utf8', start, end) }),
  );
  for (let at = 0; at < stream.length; at += chunkSize) {
    counter.push(stream, at, Math.min(at + chunkSize, stream.length));
  }
  return seen;
};

describe('FrameCounter', () => {
  const texts = ['', 'a', 'x'.repeat(125), 'y'.repeat(126), 'z'.repeat(65_535), 'w'.repeat(65_536), 'end'];
  const stream = Buffer.concat(texts.map((text) => frame(text)));

  it('reports every frame of a stream that arrives at once', () => {
    expect(countIn(stream, stream.length)).toEqual(texts.map((text) => ({ opcode: Opcode.Text, text })));
  });

  it.each([1, 2, 3, 5, 7, 127, 1000, 65_537])('counts the same frames in chunks of %i bytes', (size) => {
    expect(countIn(stream, size)).toHaveLength(texts.length);
  });

  it('reports no payload of a frame that arrived in pieces', () => {
    expect(countIn(frame('hello'), 4)).toEqual([{ opcode: Opcode.Text, text: undefined }]);
  });

  it('reports control frames by their opcode', () => {
    const both = Buffer.concat([frame('p', 0x89), frame('', 0x88)]);
    expect(countIn(both, both.length).map(({ opcode }) => opcode)).toEqual([Opcode.Ping, Opcode.Close]);
  });

  it('counts a fragmented message once, at its end', () => {
    const parts = Buffer.concat([frame('a', 0x01), frame('b', 0x00), frame('c', 0x80)]);
    expect(countIn(parts, parts.length)).toEqual([{ opcode: 0, text: 'c' }]);
  });
});
