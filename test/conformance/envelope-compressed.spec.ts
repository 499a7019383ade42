import { constants, deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { RawClient } from '../support/raw-client.js';
import { clientFrame, opcode } from '../support/raw-frames.js';
import { startApp } from '../support/test-app.js';

const DEFLATE_BIT = 4;
const extension = (parameters = '') => ({ headers: { 'Sec-WebSocket-Extensions': `permessage-deflate${parameters}` } });

const pingOf = (id: string, fill = ''): string =>
  JSON.stringify({ type: 'ping', correlation_id: id, ...(fill !== '' && { metadata: { fill } }) });

/** RFC 7692 §7.2.1. */
function deflated(text: string, windowBits = 15): Buffer {
  return deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH, windowBits }).subarray(0, -4);
}

const first = (bytes: Buffer, fin = true): Buffer => clientFrame(opcode.text, bytes, { rsv: DEFLATE_BIT, fin });
const further = (bytes: Buffer, fin = true): Buffer => clientFrame(opcode.continuation, bytes, { fin });

async function connected(parameters = '', options = {}): Promise<RawClient> {
  return RawClient.upgrade((await startApp(options)).port, extension(parameters));
}

async function ids(client: RawClient, count: number): Promise<unknown[]> {
  const got: unknown[] = [];
  while (got.length < count) got.push((await client.message()).correlation_id);
  return got;
}

describe('a compressed message', () => {
  it('keeps its place among plain ones, however many come in one packet', async () => {
    const client = await connected();
    const plain = (id: string) => clientFrame(opcode.text, pingOf(id));
    client.write(
      first(deflated(pingOf('1'))),
      plain('2'),
      first(deflated(pingOf('3'))),
      first(deflated(pingOf('4'))),
      plain('5'),
    );
    expect(await ids(client, 5)).toEqual(['1', '2', '3', '4', '5']);
  });

  it('may come byte by byte in fragments, control frames in between, empty fragments among them', async () => {
    const client = await connected();
    const bytes = deflated(pingOf('1', 'abc'.repeat(20)));
    const [head, ...rest] = [...bytes].map((_byte, at) => bytes.subarray(at, at + 1));
    client.write(first(head as Buffer, false), further(Buffer.alloc(0), false), clientFrame(opcode.ping, 'p'));
    client.write(...rest.map((byte) => further(byte, false)), further(Buffer.alloc(0)), first(deflated(pingOf('2'))));
    expect((await client.frame()).opcode).toBe(opcode.pong);
    expect(await ids(client, 2)).toEqual(['1', '2']);
  });

  it.each([9, 12, 15])('is read with the window of %i bits that its client uses', async (bits) => {
    const client = await connected(`; client_max_window_bits=${bits}`);
    client.write(first(deflated(pingOf('1', 'some text, some more text '.repeat(200)), bits)));
    expect(await ids(client, 1)).toEqual(['1']);
  });

  it('may say that it is the last block of its stream', async () => {
    const client = await connected();
    for (const id of ['1', '2']) client.write(first(Buffer.concat([deflateRawSync(pingOf(id)), Buffer.from([0])])));
    expect(await ids(client, 2)).toEqual(['1', '2']);
  });

  it('shares nothing with the one before: a reference back to that is 1007', async () => {
    const client = await connected();
    const text = pingOf('1', 'the same again '.repeat(20));
    const context = deflateRawSync(pingOf('2', 'the same again '.repeat(20)), {
      finishFlush: constants.Z_SYNC_FLUSH,
      dictionary: Buffer.from(text),
    });
    client.write(first(deflated(text)));
    expect(await ids(client, 1)).toEqual(['1']);
    client.write(first(context.subarray(0, -4)));
    expect(await client.closeCode()).toBe(1007);
  });

  it.each([
    ['no deflate', Buffer.from('not deflate at all')],
    ['not UTF-8', deflateRawSync(Buffer.from([0xc3, 0x28]), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4)],
  ])('that is %s ends the connection with 1007', async (_what, bytes) => {
    const client = await connected();
    client.write(first(bytes));
    expect(await client.closeCode()).toBe(1007);
    await client.closed;
  });

  it.each(['in one frame', 'in fragments'])('that is a bomb %s ends with 1009, and is not inflated', async (how) => {
    const client = await connected('', { maxMessageSize: 1000 });
    const bomb = deflated('x'.repeat(1_000_000));
    expect(bomb.length).toBeLessThan(2000);
    const half = bomb.length / 2;
    if (how === 'in one frame') client.write(first(bomb));
    else client.write(first(bomb.subarray(0, half), false), further(bomb.subarray(half)));
    expect(await client.closeCode()).toBe(1009);
    await client.closed;
  });

  it('whose peer goes away in the middle of it is forgotten', async () => {
    const app = await startApp();
    const client = await RawClient.upgrade(app.port, extension());
    client.write(first(deflated(pingOf('1')).subarray(0, 5), false));
    client.write(clientFrame(opcode.close, Buffer.from([0x03, 0xe8])));
    expect(await client.closeCode()).toBe(1000);
    await client.closed;
  });
});
