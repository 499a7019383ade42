import { createDeflateRaw, createInflateRaw, deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { compressedFrame, deflated, inflated, offeringDeflate } from '../support/compressed-frames.js';
import { RawClient } from '../support/raw-client.js';
import { clientFrame, messageFrame, opcode } from '../support/raw-frames.js';
import { type TestApp, startApp } from '../support/test-app.js';
import { countZlibRuns, livingZlibObjects } from '../support/zlib-objects.js';
import { noise } from './event-texts.js';

const CHANNEL = 'agent-updates';
/** Enough names for an answer that is compressed. */
const channels = [CHANNEL, ...Array.from({ length: 40 }, (_, at) => `agent-updates-of-the-region-number-${at}`)];
const long = 'compressible '.repeat(200);
/** Repeats itself from further away than small windows reach. */
const far = noise(3000).repeat(3);
const short = 'hi';

/** Clients of bytes: what they deflate they deflate beforehand, and they inflate only when told to. */
async function subscribers(app: TestApp, count: number, parameters?: string): Promise<RawClient[]> {
  const parts = parameters === undefined ? {} : offeringDeflate(parameters);
  const clients = await Promise.all(Array.from({ length: count }, () => RawClient.upgrade(app.port, parts)));
  for (const client of clients) client.write(messageFrame({ type: 'subscribe', data: { channels: [CHANNEL] } }));
  await Promise.all(clients.map((client) => client.message()));
  return clients;
}

/** The payload of the next message as it came; pings, which may come at any time, are passed over. */
async function payloadOf(client: RawClient): Promise<Buffer> {
  for (;;) {
    const { payload } = await client.frame();
    if (!payload.toString().startsWith('{"type":"ping"')) return payload;
  }
}

const payloads = (clients: readonly RawClient[]): Promise<Buffer[]> => Promise.all(clients.map(payloadOf));

const dataOf = (text: string): unknown => (JSON.parse(text) as { data: unknown }).data;

describe('the objects of zlib', () => {
  it('are found by the test while they live', () => {
    const before = livingZlibObjects();
    const kept = [createDeflateRaw(), createInflateRaw()];
    expect(livingZlibObjects()).toBe(before + 2);
    for (const each of kept) each.close();
  });

  it('are counted by the test when they run, also concurrently', () => {
    const runs = countZlibRuns();
    deflateRawSync('x');
    expect(runs()).toBe(1);
  });
});

describe('a connection with compression', () => {
  it('holds no deflater and no inflater, whatever it has sent and received', async () => {
    const app = await startApp();
    const subscribe = deflated(JSON.stringify({ type: 'subscribe', data: { channels } }));
    const half = subscribe.length / 2;
    const converse = async (client: RawClient): Promise<void> => {
      client.write(compressedFrame(subscribe.subarray(0, half), { fin: false }));
      client.write(clientFrame(opcode.continuation, subscribe.subarray(half)));
      expect(inflated(await payloadOf(client))).toContain('"success":true');
    };
    const open = async (count: number): Promise<RawClient[]> => {
      const each = Array.from({ length: count }, () => RawClient.upgrade(app.port, offeringDeflate()));
      const clients = await Promise.all(each);
      await Promise.all(clients.map(converse));
      await app.subscriptions.broadcast(CHANNEL, long);
      for (const payload of await payloads(clients)) expect(dataOf(inflated(payload))).toBe(long);
      return clients;
    };
    await open(1);
    const before = livingZlibObjects();
    const externalBefore = process.memoryUsage().external;
    await open(200);
    expect(livingZlibObjects()).toBe(before);
    // 0.3 KB, the client's end included; with ws's own inflater 16.9 KB.
    expect((process.memoryUsage().external - externalBefore) / 200).toBeLessThan(2048);
  });
});

describe('a publish', () => {
  it.each([2, 100])('costs one deflate for %i subscribers', async (count) => {
    const app = await startApp();
    const clients = await subscribers(app, count, '');
    const runs = countZlibRuns();
    await app.subscriptions.broadcast(CHANNEL, long);
    const got = await payloads(clients);
    expect(runs()).toBe(1);
    expect(new Set(got.map((payload) => payload.toString('base64'))).size).toBe(1);
    expect(dataOf(inflated(got[0] as Buffer))).toBe(long);
  });

  it('costs one deflate for each window size, and none for connections without compression', async () => {
    const app = await startApp();
    const wide = await subscribers(app, 50, '');
    const narrow = await subscribers(app, 50, '; server_max_window_bits=10');
    const plain = await subscribers(app, 50);
    const runs = countZlibRuns();
    await app.subscriptions.broadcast(CHANNEL, far);
    const got = await Promise.all([wide, narrow, plain].map(payloads));
    expect(runs()).toBe(2);
    expect(dataOf(inflated(got[0]?.[49] as Buffer))).toBe(far);
    expect(dataOf(inflated(got[1]?.[49] as Buffer, 10))).toBe(far);
    expect(dataOf(String(got[2]?.[49]))).toBe(far);
  });

  it('of a short payload costs no deflate', async () => {
    const app = await startApp();
    const clients = await subscribers(app, 100, '');
    const runs = countZlibRuns();
    await app.subscriptions.broadcast(CHANNEL, short);
    expect(dataOf(String((await payloads(clients))[99]))).toBe(short);
    expect(runs()).toBe(0);
  });

  it('costs one deflate each in a burst, whatever else is in the write', async () => {
    const app = await startApp();
    const clients = await subscribers(app, 100, '');
    const runs = countZlibRuns();
    for (const data of [long, short, `${long}!`, long]) void app.subscriptions.broadcast(CHANNEL, data);
    const [first, , third] = [await payloads(clients), await payloads(clients), await payloads(clients)];
    await payloads(clients);
    expect(runs()).toBe(3);
    expect(dataOf(inflated(first[99] as Buffer))).toBe(long);
    expect(dataOf(inflated(third[99] as Buffer))).toBe(`${long}!`);
  });

  it('costs no deflate where no connection has compression', async () => {
    const app = await startApp({ enableCompression: false });
    const clients = await subscribers(app, 100, '');
    const runs = countZlibRuns();
    await app.subscriptions.broadcast(CHANNEL, long);
    expect(dataOf(String((await payloads(clients))[99]))).toBe(long);
    expect(runs()).toBe(0);
  });
});
