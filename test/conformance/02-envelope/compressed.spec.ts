import { constants, deflateRawSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { compressedFrame, deflated, offeringDeflate } from '../../support/compressed-frames.js';
import { RawClient } from '../../support/raw-client.js';
import { clientFrame, messageFrame, opcode } from '../../support/raw-frames.js';
import { startApp } from '../../support/test-app.js';

const pingOf = (id: string, fill = ''): string =>
  JSON.stringify({ type: 'ping', correlation_id: id, ...(fill !== '' && { metadata: { fill } }) });

const first = (bytes: Buffer, fin = true): Buffer => compressedFrame(bytes, { fin });
const further = (bytes: Buffer, fin = true): Buffer => clientFrame(opcode.continuation, bytes, { fin });

async function connected(parameters = '', options = {}): Promise<RawClient> {
  return RawClient.upgrade((await startApp(options)).port, offeringDeflate(parameters));
}

async function ids(client: RawClient, count: number): Promise<unknown[]> {
  const got: unknown[] = [];
  while (got.length < count) got.push((await client.message()).correlation_id);
  return got;
}

describe('a compressed message', () => {
  it('keeps its order among plain ones, however many come in one packet', async () => {
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

  it('may come byte by byte in fragments, some of them empty, with control frames in between', async () => {
    const client = await connected();
    const bytes = deflated(pingOf('1', 'abc'.repeat(20)));
    const [head, ...rest] = [...bytes].map((_byte, at) => bytes.subarray(at, at + 1));
    client.write(first(head as Buffer, false), further(Buffer.alloc(0), false), clientFrame(opcode.ping, 'p'));
    client.write(...rest.map((byte) => further(byte, false)), further(Buffer.alloc(0)), first(deflated(pingOf('2'))));
    expect((await client.frame()).opcode).toBe(opcode.pong);
    expect(await ids(client, 2)).toEqual(['1', '2']);
  });

  it.each([9, 12, 15])('is inflated with the window of %i bits that its client uses', async (bits) => {
    const client = await connected(`; client_max_window_bits=${bits}`);
    client.write(first(deflated(pingOf('1', 'some text, some more text '.repeat(200)), bits)));
    expect(await ids(client, 1)).toEqual(['1']);
  });

  it('may end with a final deflate block', async () => {
    const client = await connected();
    for (const id of ['1', '2']) client.write(first(Buffer.concat([deflateRawSync(pingOf(id)), Buffer.from([0])])));
    expect(await ids(client, 2)).toEqual(['1', '2']);
  });

  it('closes with 1007 when it refers back to the message before it', async () => {
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
    ['not deflate', Buffer.from('not deflate at all')],
    ['not UTF-8', deflated(Buffer.from([0xc3, 0x28]))],
  ])('that is %s closes the connection with 1007', async (_what, bytes) => {
    const client = await connected();
    client.write(first(bytes));
    expect(await client.closeCode()).toBe(1007);
    await client.closed;
  });

  it.each(['in one frame', 'in fragments'])('that is a bomb %s closes the connection with 1009', async (how) => {
    const client = await connected('', { maxMessageSize: 1000 });
    const bomb = deflated('x'.repeat(1_000_000));
    expect(bomb.length).toBeLessThan(2000);
    const half = bomb.length / 2;
    if (how === 'in one frame') client.write(first(bomb));
    else client.write(first(bomb.subarray(0, half), false), further(bomb.subarray(half)));
    expect(await client.closeCode()).toBe(1009);
    await client.closed;
  });

  it('is dropped when its client closes in the middle of it', async () => {
    const app = await startApp();
    const client = await RawClient.upgrade(app.port, offeringDeflate());
    client.write(first(deflated(pingOf('1')).subarray(0, 5), false));
    client.write(clientFrame(opcode.close, Buffer.from([0x03, 0xe8])));
    expect(await client.closeCode()).toBe(1000);
    await client.closed;
  });
});

const PING = deflated(pingOf('1', 'some text '.repeat(20)));
const rsv1 = { rsv: 4 } as const;
const many = (count: number, bytes: Buffer): Buffer[] => Array.from({ length: count }, () => further(bytes, false));

describe('a violation of RFC 7692 closes its own connection', () => {
  it.each<[what: string, code: number, ...frames: Buffer[]]>([
    ['a ping that is compressed', 1002, clientFrame(opcode.ping, deflated('p'), rsv1)],
    ['a pong that is compressed', 1002, clientFrame(opcode.pong, deflated('p'), rsv1)],
    ['a close frame that is compressed', 1002, clientFrame(opcode.close, deflated('\u0003\u00e8'), rsv1)],
    ['a compressed ping within a message', 1002, first(PING, false), clientFrame(opcode.ping, '', rsv1)],
    [
      'a continuation that is marked compressed again',
      1002,
      first(PING, false),
      clientFrame(opcode.continuation, '', rsv1),
    ],
    [
      'a continuation that marks a plain message as compressed',
      1002,
      clientFrame(opcode.text, '{', { fin: false }),
      clientFrame(opcode.continuation, PING, rsv1),
    ],
    ['the second reserved bit too', 1002, clientFrame(opcode.text, PING, { rsv: 6 })],
    ['a message that is cut short', 1007, first(PING.subarray(0, -10))],
    [
      'a message that is cut short in its fragments',
      1007,
      first(PING.subarray(0, 5), false),
      further(PING.subarray(5, 12)),
    ],
    ['a message of no bytes at all', 1007, first(Buffer.alloc(0))],
    ['a block of an unknown type', 1007, first(Buffer.of(0x07, ...PING))],
    ['a stored block that is shorter than it says', 1007, first(Buffer.of(0x00, 0xff, 0x00, 0x00, 0xff, 0x7b))],
    ['bytes after the end', 1007, first(Buffer.concat([PING, Buffer.from('more')]))],
    ['bytes after a final block', 1007, first(Buffer.concat([deflateRawSync(pingOf('1')), Buffer.from('more')]))],
    ['plain text that is marked compressed', 1007, first(Buffer.from(pingOf('1')))],
    ['a binary message', 1003, clientFrame(opcode.binary, PING, rsv1)],
    ['257 fragments', 1008, first(PING, false), ...many(256, Buffer.of(0))],
    ['empty fragments without end', 1008, first(PING, false), ...many(300, Buffer.alloc(0))],
    ['fragments over the hard cap before they end', 1009, first(PING, false), ...many(3, Buffer.alloc(50_000))],
  ])('for %s, with %i', async (_what, code, ...frames) => {
    const app = await startApp();
    const other = await RawClient.upgrade(app.port, offeringDeflate());
    const client = await RawClient.upgrade(app.port, offeringDeflate());
    client.write(first(deflated(pingOf('before'))));
    expect(await ids(client, 1)).toEqual(['before']);
    client.write(...frames, messageFrame({ type: 'subscribe', data: { channels: ['news'] } }));
    expect(await client.closeCode()).toBe(code);
    client.write(clientFrame(opcode.close, Buffer.of(code >> 8, code & 0xff)));
    await client.closed;
    expect(app.subscriptions.channels()).toEqual([]);
    await vi.waitFor(() => expect(app.registry.list()).toHaveLength(1), 20_000);
    other.write(first(deflated(pingOf('other'))));
    expect(await ids(other, 1)).toEqual(['other']);
  });
});
