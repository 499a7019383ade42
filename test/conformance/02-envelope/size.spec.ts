import { deflateRawSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { RawClient } from '../../support/raw-client.js';
import { clientFrame, messageFrame, opcode } from '../../support/raw-frames.js';
import { type TestApp, startApp } from '../../support/test-app.js';

const MAX = 1000;
const DEFLATE_BIT = 4;

/** A ping of exactly so many bytes. */
function pingOf(bytes: number): string {
  const empty = JSON.stringify({ type: 'ping', metadata: { fill: '' } });
  return JSON.stringify({ type: 'ping', metadata: { fill: 'x'.repeat(bytes - empty.length) } });
}

type Send = (client: RawClient, text: string) => void;

const plain: Send = (client, text) => client.write(clientFrame(opcode.text, text));

const inFragments: Send = (client, text) => {
  const half = Math.floor(text.length / 2);
  client.write(clientFrame(opcode.text, text.slice(0, half), { fin: false }));
  client.write(clientFrame(opcode.continuation, text.slice(half)));
};

/** RFC 7692 §7.2.1: compressed, without the four bytes that a flush ends with. */
const compressed: Send = (client, text) => {
  const bytes = deflateRawSync(text, { finishFlush: 2 });
  client.write(clientFrame(opcode.text, bytes.subarray(0, -4), { rsv: DEFLATE_BIT }));
};

const deflate = { headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate' } };

const ways: readonly (readonly [way: string, send: Send])[] = [
  ['in one frame', plain],
  ['in fragments', inFragments],
  ['compressed', compressed],
];

async function connected(): Promise<{ app: TestApp; client: RawClient }> {
  const app = await startApp({ maxMessageSize: MAX });
  return { app, client: await RawClient.upgrade(app.port, deflate) };
}

async function expectAlive(client: RawClient): Promise<void> {
  client.write(messageFrame({ type: 'ping', correlation_id: 'alive' }));
  expect(await client.message()).toEqual({ type: 'pong', correlation_id: 'alive' });
}

describe.each(ways)('a message %s', (_way, send) => {
  it.each([MAX - 1, MAX])('of %i bytes is accepted where maxMessageSize is 1,000', async (size) => {
    const { client } = await connected();
    send(client, pingOf(size));
    expect(await client.message()).toEqual({ type: 'pong' });
  });

  it.each([MAX + 1, 2 * MAX])('of %i bytes gets MESSAGE_TOO_LARGE, and the connection stays', async (size) => {
    const { client } = await connected();
    send(client, pingOf(size));
    const details = { size, max: MAX };
    expect(await client.message()).toMatchObject({ type: 'error', data: { code: 'MESSAGE_TOO_LARGE', details } });
    await expectAlive(client);
  });

  it.each([2 * MAX + 1, 40 * MAX])('of %i bytes closes the connection with 1009', async (size) => {
    const { app, client } = await connected();
    send(client, pingOf(size));
    expect(await client.closeCode()).toBe(1009);
    await client.closed;
    await vi.waitFor(() => expect(app.registry.list()).toHaveLength(0), 20_000);
  });
});

describe('a frame header that announces', () => {
  it.each([
    ['one byte over the hard cap', BigInt(2 * MAX + 1)],
    ['2^31 bytes', 2n ** 31n],
    ['2^53 - 1 bytes', 2n ** 53n - 1n],
    ['2^53 bytes, more than a number holds exactly', 2n ** 53n],
    ['2^63 - 1 bytes', 2n ** 63n - 1n],
    ['2^63 bytes, which RFC 6455 forbids', 2n ** 63n],
  ])('%s ends the connection with 1009 before its payload comes', async (_what, claimedLength) => {
    const { client } = await connected();
    client.write(clientFrame(opcode.text, '{', { claimedLength }));
    expect(await client.closeCode()).toBe(1009);
  });
});

const ping = (id: string): Buffer => messageFrame({ type: 'ping', correlation_id: id });

it('MESSAGE_TOO_LARGE is answered in the order of the messages', async () => {
  const { client } = await connected();
  client.write(ping('before'), clientFrame(opcode.text, pingOf(MAX + 1)), ping('after'));
  const types = [await client.message(), await client.message(), await client.message()].map(({ type }) => type);
  expect(types).toEqual(['pong', 'error', 'pong']);
});
