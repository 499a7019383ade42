import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { encode } from '@msgpack/msgpack';
import { describe, expect, it } from 'vitest';
import { compressedFrame, deflated } from '../../support/compressed-frames.js';
import { RawClient } from '../../support/raw-client.js';
import { clientFrame, messageFrame, offeringMsgpack, opcode, packedFrame } from '../../support/raw-frames.js';
import { type TestApp, startApp } from '../../support/test-app.js';

const MAX = 1000;
const COMPRESSED = {
  headers: { ...offeringMsgpack.headers, 'Sec-WebSocket-Extensions': 'permessage-deflate' },
};
const packed = (value: unknown): Buffer => Buffer.from(encode(value, { maxDepth: 1000 }));
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
/** A map of `type`, `correlation_id` and `metadata`, whose value is these bytes. */
const withMetadata = (type: string, metadata: Buffer): Buffer =>
  Buffer.concat([hex('83'), ...['type', type, 'correlation_id', 'mine', 'metadata'].map(packed), metadata]);
const pingOf = (bytes: number): Buffer => {
  const fixed = withMetadata('ping', packed({ fill: new Uint8Array(256) })).length - 256;
  return withMetadata('ping', packed({ fill: new Uint8Array(bytes - fixed) }));
};
const nested = (levels: number): Buffer => Buffer.concat([hex('81 a161'), Buffer.alloc(levels - 3, 0x91), hex('90')]);
const keys = (count: number): Buffer =>
  packed(Object.fromEntries(Array.from({ length: count - 3 }, (_, at) => [`k${at}`, at])));

async function connected(): Promise<{ app: TestApp; client: RawClient }> {
  const app = await startApp({ maxMessageSize: MAX });
  return { app, client: await RawClient.upgrade(app.port, COMPRESSED) };
}

async function expectAlive(client: RawClient): Promise<void> {
  client.write(packedFrame({ type: 'ping', correlation_id: 'alive' }));
  expect(await client.message()).toEqual({ type: 'pong', correlation_id: 'alive' });
}

describe('a MessagePack connection', () => {
  it('is answered in binary frames', async () => {
    const { client } = await connected();
    client.write(packedFrame({ type: 'ping' }));
    expect(await client.frame()).toEqual({ opcode: opcode.binary, payload: packed({ type: 'pong' }) });
  });

  it('is closed with 1003 at a text frame, after the messages before it are answered', async () => {
    const { app, client } = await connected();
    client.write(
      packedFrame({ type: 'ping', correlation_id: 'before' }),
      messageFrame({ type: 'subscribe', data: { channels: ['news'] } }),
    );
    expect(await client.message()).toEqual({ type: 'pong', correlation_id: 'before' });
    expect(await client.closeCode()).toBe(1003);
    expect(app.subscriptions.channels()).toEqual([]);
  });

  it('may send a message in fragments, and compressed', async () => {
    const { client } = await connected();
    const ping = packed({ type: 'ping' });
    client.write(clientFrame(opcode.binary, ping.subarray(0, 3), { fin: false }));
    client.write(clientFrame(opcode.continuation, ping.subarray(3)));
    expect(await client.message()).toEqual({ type: 'pong' });
    const compressed = compressedFrame(deflated(ping));
    client.write(Buffer.concat([Buffer.of((compressed[0] as number) ^ 0x03), compressed.subarray(1)]));
    expect(await client.message()).toEqual({ type: 'pong' });
  });
});

describe('bytes that are not a message', () => {
  it.each([
    ['nothing', ''],
    ['a map without its content', '81'],
    ['a map that claims 2^32 entries', 'df ffffffff'],
    ['bytes that claim 2^32 bytes', 'c6 ffffffff'],
    ['a number', '01'],
    ['a list', '91 81 a474797065 a470696e67'],
    ['a timestamp', 'd6 ff 00000000'],
    ['the unused byte', 'c1'],
    ['JSON', Buffer.from('{"type":"ping"}').toString('hex')],
  ])('get INVALID_MESSAGE, and the connection stays: %s', async (_what, bytes) => {
    const { client } = await connected();
    client.write(clientFrame(opcode.binary, hex(bytes)));
    expect(await client.message()).toMatchObject({ type: 'error', data: { code: 'INVALID_MESSAGE' } });
    await expectAlive(client);
  });

  it.each([
    ['an extension', 'd4 01 00'],
    ['a timestamp', 'd7 ff 0000000000000000'],
    ['a key that is a number', '81 01 01'],
    ['a key that is bytes', '81 c4 01 61 01'],
    ['text that is not UTF-8', '81 a161 a1 ff'],
    ['NaN', '81 a161 cb 7ff8000000000000'],
    ['Infinity', '81 a161 cb 7ff0000000000000'],
    ['the unused byte', 'c1'],
    ['a length beyond the end', 'de ffff'],
    ['bytes after the end', '80 c0'],
    ['bytes instead of an object', 'c4 01 00'],
  ])('get INVALID_MESSAGE with the correlation id, a request in a response: %s', async (_what, bytes) => {
    const { client } = await connected();
    client.write(clientFrame(opcode.binary, withMetadata('ping', hex(bytes))));
    expect(await client.message()).toMatchObject({
      type: 'error',
      correlation_id: 'mine',
      data: { code: 'INVALID_MESSAGE' },
    });
    client.write(clientFrame(opcode.binary, withMetadata('request', hex(bytes))));
    expect(await client.message()).toMatchObject({
      type: 'response',
      correlation_id: 'mine',
      data: { status: 'error', error: { code: 'INVALID_MESSAGE' } },
    });
    await expectAlive(client);
  });

  it('may be any: the server answers each, and stays', async () => {
    const { app } = await connected();
    for (let round = 0; round < 20; round += 1) {
      const client = await RawClient.upgrade(app.port, offeringMsgpack);
      for (let count = 0; count < 8; count += 1) {
        const start = round % 2 === 0 ? Buffer.alloc(0) : withMetadata('request', Buffer.alloc(0));
        client.write(clientFrame(opcode.binary, Buffer.concat([start, randomBytes(1 + 37 * count)])));
        expect(['error', 'response', 'pong']).toContain((await client.message()).type);
      }
      await expectAlive(client);
      client.reset();
    }
  });
});

describe('the limits of a message in MessagePack', () => {
  it.each([
    ['32 levels', nested(32)],
    ['1,000 keys', keys(1000)],
  ])('allow %s', async (_what, metadata) => {
    const app = await startApp();
    const client = await RawClient.upgrade(app.port, offeringMsgpack);
    client.write(clientFrame(opcode.binary, withMetadata('ping', metadata)));
    expect(await client.message()).toEqual({ type: 'pong', correlation_id: 'mine' });
  });

  it.each([
    ['33 levels', nested(33), 32],
    ['20,000 levels', nested(20_000), 32],
    ['1,001 keys', keys(1001), 1000],
  ])('refuse %s with INVALID_MESSAGE', async (_what, metadata, max) => {
    const app = await startApp();
    const client = await RawClient.upgrade(app.port, offeringMsgpack);
    client.write(clientFrame(opcode.binary, withMetadata('ping', metadata)));
    expect(await client.message()).toMatchObject({
      type: 'error',
      correlation_id: 'mine',
      data: { code: 'INVALID_MESSAGE', details: { max } },
    });
    await expectAlive(client);
  });

  it('count the bytes of a message: over maxMessageSize it gets MESSAGE_TOO_LARGE', async () => {
    const { client } = await connected();
    client.write(clientFrame(opcode.binary, pingOf(MAX)));
    expect(await client.message()).toEqual({ type: 'pong', correlation_id: 'mine' });
    client.write(clientFrame(opcode.binary, pingOf(MAX + 1)));
    expect(await client.message()).toMatchObject({
      type: 'error',
      correlation_id: 'mine',
      data: { code: 'MESSAGE_TOO_LARGE', details: { size: MAX + 1, max: MAX } },
    });
    await expectAlive(client);
  });

  it('close the connection with 1009 over twice that', async () => {
    const { client } = await connected();
    client.write(clientFrame(opcode.binary, pingOf(2 * MAX + 1)));
    expect(await client.closeCode()).toBe(1009);
  });
});
