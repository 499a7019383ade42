import { randomBytes } from 'node:crypto';
import { createInflateRaw, inflateRawSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { pack, unpackValue } from '@skreaver/protocol/msgpack';
import { Frame, MSGPACK_FORM } from './frame.js';

const compressible = JSON.stringify(Array.from({ length: 500 }, (_, id) => ({ id, name: `agent-${id % 7}` })));

function split(bytes: Buffer): { first: number; header: number; payload: Buffer } {
  const short = bytes[1] as number;
  const header = short < 126 ? 2 : short === 126 ? 4 : 10;
  const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  expect(bytes.length).toBe(header + length);
  return { first: bytes[0] as number, header, payload: bytes.subarray(header) };
}

function inflate(bytes: Buffer, windowBits: number): string {
  const whole = Buffer.concat([split(bytes).payload, Buffer.from([0, 0, 0xff, 0xff])]);
  // Inflates in chunks of 64 bytes: within one output chunk, inflate accepts references beyond the window.
  return inflateRawSync(whole, { windowBits, finishFlush: 2, chunkSize: 64 }).toString();
}

const read = (bytes: Buffer): string => split(bytes).payload.toString();

const noise = randomBytes(9000).toString('base64');

/** Makes a text that deflate hardly compresses. */
function noisy(size: number): { bytes: Buffer; text: Frame } {
  const text = Frame.text(randomBytes(size).toString('latin1'));
  return { bytes: text.bytes, text };
}

describe('a text frame', () => {
  it.each([
    [0, 2],
    [125, 2],
    [126, 4],
    [65_535, 4],
    [65_536, 10],
  ])('of %i payload bytes has a header of %i', (length, header) => {
    const payload = 'x'.repeat(length);
    const { bytes } = Frame.text(payload);
    expect(split(bytes)).toMatchObject({ first: 0x81, header });
    expect(read(bytes)).toBe(payload);
  });

  it('counts bytes of UTF-8, not characters', () => {
    const payload = 'é€😀'.repeat(15);
    const { bytes } = Frame.text(payload);
    expect(split(bytes)).toMatchObject({ header: 4 });
    expect(split(bytes).payload.length).toBe(135);
    expect(read(bytes)).toBe(payload);
  });

  it('replaces half a surrogate pair by the replacement character, as JSON must be valid UTF-8', () => {
    expect(read(Frame.text('a\ud800b').bytes)).toBe('a\ufffdb');
  });
});

describe('a ping frame', () => {
  it('is final, empty, and never compressed', () => {
    expect([...Frame.ping.bytes]).toEqual([0x89, 0]);
    expect(Frame.ping.bytesFor(15)).toBe(Frame.ping.bytes);
  });
});

describe('the bytes for a socket', () => {
  it('are uncompressed if it did not negotiate compression', () => {
    const frame = Frame.text(compressible);
    expect(frame.bytesFor(0)).toBe(frame.bytes);
  });

  it('are uncompressed for a frame under 1 KiB, and compressed from there on', () => {
    const under = Frame.text('x'.repeat(1019));
    expect(under.bytes.length).toBe(1023);
    expect(under.bytesFor(15)).toBe(under.bytes);
    const at = Frame.text('x'.repeat(1020));
    expect(at.bytesFor(15).length).toBeLessThan(at.bytes.length);
  });

  it('are never more than the uncompressed ones, whatever the text', () => {
    for (let size = 1024; size < 3000; size += 50) {
      const { bytes, text } = noisy(size);
      expect(text.bytesFor(9).length).toBeLessThanOrEqual(bytes.length);
      expect(text.bytesFor(15).length).toBeLessThanOrEqual(bytes.length);
    }
  });

  it.each([8, 9, 10, 11, 12, 13, 14, 15])('inflate within a window of %i bits', (windowBits) => {
    // Repetitions at distances that only wider windows can refer back to.
    const text = [300, 1500, 9000].map((length) => noise.slice(0, length).repeat(2)).join('') + compressible;
    const frame = Frame.text(text);
    const bytes = frame.bytesFor(windowBits);
    expect(split(bytes).first).toBe(0xc1);
    expect(bytes.length).toBeLessThan(frame.bytes.length);
    expect(inflate(bytes, windowBits)).toBe(text);
  });

  it('inflate in a fresh context, as there is no context takeover', async () => {
    const frame = Frame.text(compressible);
    const inflater = createInflateRaw({ windowBits: 15 });
    inflater.end(
      Buffer.concat([split(frame.bytesFor(15)).payload, Buffer.from([0, 0, 0xff, 0xff, 1, 0, 0, 0xff, 0xff])]),
    );
    const chunks: Buffer[] = [];
    for await (const chunk of inflater) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString()).toBe(compressible);
  });

  it('are compressed once for each window and shared after that', () => {
    const frame = Frame.text(compressible);
    const wide = frame.bytesFor(15);
    expect(frame.bytesFor(15)).toBe(wide);
    const narrow = frame.bytesFor(9);
    expect(narrow).not.toBe(wide);
    expect(frame.bytesFor(9)).toBe(narrow);
    expect(frame.bytesFor(15)).toBe(wide);
  });
});

describe('the bytes for a socket that speaks MessagePack', () => {
  const valueOf = (bytes: Buffer): unknown => unpackValue(split(bytes).payload);

  it('are a binary frame with the value of the JSON, made once', () => {
    const frame = Frame.text('{"a":[1,"é"]}');
    const bytes = frame.bytesFor(MSGPACK_FORM);
    expect(split(bytes).first).toBe(0x82);
    expect(valueOf(bytes)).toEqual({ a: [1, 'é'] });
    expect(frame.bytesFor(MSGPACK_FORM)).toBe(bytes);
    expect(frame.bytesFor(0)).toBe(frame.bytes);
  });

  it('are made by the function that is given, once and only if needed', () => {
    const made = vi.fn<() => Uint8Array>(() => pack({ type: 'pong' }));
    const frame = Frame.text('{"type":"pong"}', undefined, undefined, made);
    frame.bytesFor(15);
    expect(made).not.toHaveBeenCalled();
    expect(valueOf(frame.bytesFor(MSGPACK_FORM))).toEqual({ type: 'pong' });
    frame.bytesFor(MSGPACK_FORM + 15);
    expect(made).toHaveBeenCalledTimes(1);
  });

  it.each([9, 15])('are compressed within a window of %i bits, once for each', (bits) => {
    const frame = Frame.text(compressible);
    const bytes = frame.bytesFor(MSGPACK_FORM + bits);
    expect(split(bytes).first).toBe(0xc2);
    const whole = Buffer.concat([split(bytes).payload, Buffer.from([0, 0, 0xff, 0xff])]);
    const inflated = inflateRawSync(whole, { windowBits: bits, finishFlush: 2, chunkSize: 64 });
    expect(unpackValue(inflated)).toEqual(JSON.parse(compressible));
    expect(frame.bytesFor(MSGPACK_FORM + bits)).toBe(bytes);
    expect(frame.bytesFor(MSGPACK_FORM)).not.toBe(bytes);
  });

  it('are those of a control frame as they are', () => {
    expect(Frame.ping.bytesFor(MSGPACK_FORM)).toBe(Frame.ping.bytes);
  });

  it('are not compressed for a large answer', () => {
    const large = pack({ type: 'response', data: { status: 'success', result: 'x'.repeat(70_000) } });
    const frame = Frame.packedAnswer(large);
    expect(frame.bytesFor(MSGPACK_FORM + 15)).toBe(frame.bytes);
  });
});
