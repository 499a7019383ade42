import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from './byte-writer.js';
import { FrameReader } from './frame-reader.js';
import { MAX_FRAME_BYTES } from './frame.js';

function frameOf(kind: number, id: number, text: string): Buffer {
  const out = new ByteWriter();
  out.u32(0);
  out.u8(kind);
  out.u32(id);
  out.text(text);
  out.patch(0, out.length - 4);
  return out.take();
}

const lengthOf = (length: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  return bytes;
};

describe('the frames of a connection', () => {
  it('are what was written, however the bytes are cut', () => {
    const frames = fc.array(fc.tuple(fc.nat(255), fc.nat(0xffff_ffff), fc.string({ unit: 'binary' })), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(frames, fc.infiniteStream(fc.integer({ min: 1, max: 40 })), (sent, sizes) => {
        const reader = new FrameReader();
        const got: [number, number, string][] = [];
        let bytes = Buffer.concat(sent.map((each) => frameOf(...each)));
        for (const size of sizes) {
          if (bytes.length === 0) break;
          reader.read(bytes.subarray(0, size), (kind, id, body) => got.push([kind, id, body.text()]));
          bytes = bytes.subarray(size);
        }
        expect(got).toEqual(sent.map(([kind, id, text]) => [kind, id, Buffer.from(text).toString()]));
      }),
    );
  });

  it.each([0, 4, MAX_FRAME_BYTES + 1, 0xffff_ffff])('are not of %d bytes', (length) => {
    expect(() => new FrameReader().read(lengthOf(length), () => {})).toThrow('no frame');
  });

  it('with a text that ends behind them are refused', () => {
    const frame = frameOf(1, 1, 'abc');
    frame.writeUInt32BE(4, 9);
    expect(() => new FrameReader().read(frame, (_kind, _id, body) => body.text())).toThrow(RangeError);
  });
});
