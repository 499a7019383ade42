import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { constants, deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Inflation } from './inflation.js';

/** Deflates a message as its sender does (RFC 7692 §7.2.1). */
const deflated = (text: string): Buffer =>
  deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);

function create(maxBytes = 1000) {
  const closes: (number | undefined)[] = [];
  const webSocket = { isPaused: false, close: (code?: number) => void closes.push(code) };
  const stream = new EventEmitter() as unknown as Duplex;
  const inflation = new Inflation(webSocket, stream, maxBytes);
  const ask = (data: Buffer, isLast = true) =>
    new Promise<string | Error>((resolve) => {
      let isLater = false;
      inflation.decompress(data, isLast, (error, inflated) => {
        expect(isLater).toBe(true);
        resolve(error ?? String(inflated));
      });
      isLater = true;
    });
  return { inflation, webSocket, stream, ask, closes };
}

describe('an inflation', () => {
  it('returns a message at its last fragment, and nothing before', async () => {
    const { ask } = create();
    const bytes = deflated('hello');
    expect(await ask(bytes.subarray(0, 2), false)).toBe('');
    expect(await ask(bytes.subarray(2))).toBe('hello');
    expect(await ask(deflated('again'))).toBe('again');
  });

  it('keeps a fragment unchanged, even if the buffer it came in is reused', async () => {
    const { ask } = create();
    const bytes = Buffer.from(deflated('hello'));
    const head = bytes.subarray(0, 2);
    await ask(head, false);
    const rest = Buffer.from(bytes.subarray(2));
    head.fill(0);
    expect(await ask(rest)).toBe('hello');
  });

  it('inflates up to the bound and no further, and reports the close code for the connection', async () => {
    const { ask, closes } = create(5);
    expect(await ask(deflated('hello'))).toBe('hello');
    expect(closes).toEqual([]);
    expect(await ask(deflated('hello!'))).toBeInstanceOf(Error);
    expect(await ask(Buffer.from('not deflate at all'))).toBeInstanceOf(Error);
    expect(closes).toEqual([1009, 1007]);
  });

  it('rejects a message that was cut short anywhere, and does not return its beginning', async () => {
    const bytes = deflated(
      JSON.stringify({ type: 'request', data: { method: 'echo', params: ['one', 'two', 'one'] } }),
    );
    for (let length = 0; length < bytes.length; length += 1) {
      const { ask, closes } = create();
      expect(await ask(bytes.subarray(0, length)), `${length} of ${bytes.length} bytes`).toBeInstanceOf(Error);
      expect(closes).toEqual([1007]);
    }
  });

  const last = deflateRawSync('hello');

  it.each([
    ['as its sender must end it', Buffer.concat([last, Buffer.of(0)])],
    ['as some senders end it', last],
  ])('accepts a message that ends with a last block, %s', async (_how, bytes) => {
    expect(await create().ask(bytes)).toBe('hello');
  });

  it.each([
    ['other bytes after its last block', Buffer.concat([last, Buffer.from('more')])],
    ['one other byte after its last block', Buffer.concat([last, Buffer.of(1)])],
    ['a second message after its last block', Buffer.concat([last, last])],
    ['other bytes after its end', Buffer.concat([deflated('hello'), Buffer.from('more')])],
  ])('rejects a message with %s instead of dropping them', async (_what, bytes) => {
    const { ask, closes } = create();
    expect(await ask(bytes)).toBeInstanceOf(Error);
    expect(closes).toEqual([1007]);
  });

  it.each([1, 100, 5000])('keeps for a message of %i bytes no more than about that size', async (length) => {
    const { inflation } = create(100_000);
    const message = await new Promise<Buffer | undefined>((resolve) => {
      inflation.decompress(deflated('x'.repeat(length)), true, (_error, data) => resolve(data));
    });
    expect(message).toHaveLength(length);
    expect(message?.buffer.byteLength).toBeLessThanOrEqual(Buffer.poolSize);
  });

  it('waits while the WebSocket is paused', async () => {
    const { inflation, webSocket, stream, ask } = create();
    webSocket.isPaused = true;
    const answers: unknown[] = [];
    const asked = ask(deflated('hello')).then((answer) => answers.push(answer));
    await setImmediate();
    expect(answers).toEqual([]);
    webSocket.isPaused = false;
    inflation.resume();
    await asked;
    expect(answers).toEqual(['hello']);
    expect(stream.listenerCount('close')).toBe(0);
    inflation.resume();
    expect(await ask(deflated('again'))).toBe('again');
  });

  it('inflates nothing more once the stream has closed in a pause, and lets ws end', async () => {
    const { webSocket, stream, ask } = create();
    webSocket.isPaused = true;
    const asked = ask(deflated('hello'));
    stream.emit('close');
    expect(await asked).toBe('');
    expect(await ask(deflated('again'))).toBe('');
  });

  it('frees a message that never ended', async () => {
    const { inflation, ask } = create();
    await ask(deflated('hello').subarray(0, 2), false);
    inflation.cleanup();
    expect(await ask(deflated('again'))).toBe('again');
  });
});
