import { Buffer } from 'node:buffer';
import { decode } from '@msgpack/msgpack';
import { RawJson } from '@skreaver/nestjs-ws';
import { subprotocols } from '@skreaver/protocol';
import { describe, expect, it } from 'vitest';
import { inflateRawSync } from 'node:zlib';
import { RawClient } from '../../support/raw-client.js';
import { clientFrame, offeringMsgpack, opcode, packedFrame } from '../../support/raw-frames.js';
import { startApp } from '../../support/test-app.js';

const PUBLISHED = { channels: { news: { clientPublish: true, history: { size: 100, ttl: 60_000 } } } };
const MSGPACK = { protocols: [subprotocols.msgpack] };
const ALL = [
  { protocols: [] },
  { protocols: [], perMessageDeflate: { serverMaxWindowBits: 9 } },
  { protocols: [], perMessageDeflate: false },
  MSGPACK,
  { ...MSGPACK, perMessageDeflate: { serverMaxWindowBits: 9 } },
  { ...MSGPACK, perMessageDeflate: false },
];

describe('an event', () => {
  it('is the same for subscribers of either encoding, compressed or not, in the same order', async () => {
    const { connect, subscriptions } = await startApp(PUBLISHED);
    // Three of each: more than eight subscribers get their events in batches.
    const readers = await Promise.all([...ALL, ...ALL, ...ALL].map((options) => connect('', options)));
    for (const reader of readers) await reader.subscribe('news');
    const data = Array.from({ length: 30 }, (_, at) => ({ at, text: 'é€😀'.repeat(at * 20), list: [at, null, 0.5] }));
    for (const each of data) void subscriptions.broadcast('news', each);
    const [first = [], ...others] = await Promise.all(
      readers.map(async (reader) => {
        const events = [];
        while (events.length < data.length) events.push(await reader.next('event'));
        return events;
      }),
    );
    expect(first.map((event) => event.data)).toEqual(data);
    for (const events of others) expect(events).toEqual(first);
  });

  it('keeps integers of 64 bits, floats and the order of keys, from JSON to MessagePack', async () => {
    const { port, subscriptions } = await startApp(PUBLISHED);
    const client = await RawClient.upgrade(port, offeringMsgpack);
    client.write(packedFrame({ type: 'subscribe', data: { channels: ['news'] } }));
    await client.message();
    await subscriptions.broadcast(
      'news',
      new RawJson('{"b":9007199254740993, "a":-9223372036854775808,"c":1.0,"d":1e3}'),
    );
    const { payload } = await client.frame();
    expect(decode(payload, { useBigInt64: true })).toMatchObject({
      data: { b: 9007199254740993n, a: -9223372036854775808n, c: 1, d: 1000 },
    });
    const at = payload.indexOf(Buffer.from('84a162cf0020000000000001a161d38000000000000000a163cb3ff0', 'hex'));
    expect(at).toBeGreaterThan(0);
  });

  it('keeps integers of 64 bits and the order of keys, from MessagePack to JSON', async () => {
    const { port } = await startApp(PUBLISHED);
    const reader = await RawClient.upgrade(port);
    reader.write(clientFrame(opcode.text, '{"type":"subscribe","data":{"channels":["news"]}}'));
    await reader.message();
    const publisher = await RawClient.upgrade(port, offeringMsgpack);
    const data = 'a46461746183a162cf0020000000000001a161d38000000000000000a163cb3ff8000000000000';
    const head =
      '82a474797065a772657175657374a46461746182a66d6574686f64a77075626c697368a6706172616d7382a76368616e6e656ca46e657773';
    publisher.write(clientFrame(opcode.binary, Buffer.from(head + data, 'hex')));
    expect((await reader.frame()).payload.toString()).toContain(
      '"data":{"b":9007199254740993,"a":-9223372036854775808,"c":1.5},',
    );
    expect(await publisher.message()).toMatchObject({ type: 'response', data: { status: 'success' } });
  });

  it('that is compressed is a compressed binary frame', async () => {
    const { port, subscriptions } = await startApp(PUBLISHED);
    const headers = { ...offeringMsgpack.headers, 'Sec-WebSocket-Extensions': 'permessage-deflate' };
    const client = await RawClient.upgrade(port, { headers });
    client.write(packedFrame({ type: 'subscribe', data: { channels: ['news'] } }));
    await client.message();
    await subscriptions.broadcast('news', 'x'.repeat(5000));
    const { opcode: code, payload } = await client.frame();
    expect(code).toBe(opcode.binary);
    expect(payload.length).toBeLessThan(500);
    const inflated = inflateRawSync(Buffer.concat([payload, Buffer.of(0, 0, 0xff, 0xff)]), { finishFlush: 2 });
    expect(decode(inflated)).toMatchObject({ type: 'event', data: 'x'.repeat(5000) });
  });
});

describe('a publication in MessagePack', () => {
  it('is delivered to subscribers of either encoding, and kept in the history', async () => {
    const { connect } = await startApp(PUBLISHED);
    const readers = await Promise.all(ALL.map((options) => connect('', options)));
    for (const reader of readers) await reader.subscribe('news');
    const data = { text: 'hello', at: 1_767_225_600_000, tiny: -1, list: [true, null] };
    const publisher = await connect('', MSGPACK);
    expect((await publisher.request('publish', { channel: 'news', data })).data).toMatchObject({
      status: 'success',
      result: { delivered: ALL.length, offset: 1 },
    });
    for (const reader of readers) {
      expect((await reader.next('event')).data).toEqual(data);
      const past = await reader.request('history', { channel: 'news' });
      expect(past.data).toMatchObject({ result: { events: [{ data }], offset: 1 } });
    }
  });
});
