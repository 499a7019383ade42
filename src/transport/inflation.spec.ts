import { constants, deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Inflation } from './inflation.js';

/** RFC 7692 §7.2.1. */
const deflated = (text: string): Buffer =>
  deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);

function create(maxBytes = 1000) {
  const closes: (number | undefined)[] = [];
  const inflation = new Inflation({ close: (code) => void closes.push(code) }, maxBytes);
  const ask = (data: Buffer, isLast = true) =>
    new Promise<string | Error>((resolve) => {
      let isLater = false;
      inflation.decompress(data, isLast, (error, inflated) => {
        expect(isLater).toBe(true);
        resolve(error ?? String(inflated));
      });
      isLater = true;
    });
  return { inflation, ask, closes };
}

describe('an inflation', () => {
  it('gives a message at its last fragment, and nothing before', async () => {
    const { ask } = create();
    const bytes = deflated('hello');
    expect(await ask(bytes.subarray(0, 2), false)).toBe('');
    expect(await ask(bytes.subarray(2))).toBe('hello');
    expect(await ask(deflated('again'))).toBe('again');
  });

  it('keeps a fragment as it came, whatever becomes of the buffer it came in', async () => {
    const { ask } = create();
    const bytes = Buffer.from(deflated('hello'));
    const head = bytes.subarray(0, 2);
    await ask(head, false);
    const rest = Buffer.from(bytes.subarray(2));
    head.fill(0);
    expect(await ask(rest)).toBe('hello');
  });

  it('inflates to the bound and no further, and says by which code the connection ends', async () => {
    const { ask, closes } = create(5);
    expect(await ask(deflated('hello'))).toBe('hello');
    expect(closes).toEqual([]);
    expect(await ask(deflated('hello!'))).toBeInstanceOf(Error);
    expect(await ask(Buffer.from('not deflate at all'))).toBeInstanceOf(Error);
    expect(closes).toEqual([1009, 1007]);
  });

  it('forgets what never ended', async () => {
    const { inflation, ask } = create();
    await ask(deflated('hello').subarray(0, 2), false);
    inflation.cleanup();
    expect(await ask(deflated('again'))).toBe('again');
  });
});
