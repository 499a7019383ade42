import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { opcode } from '../support/raw-frames.js';
import { RunningProcess } from '../support/running-process.js';
import { type TestApp, startApp } from '../support/test-app.js';
import { TestClient } from '../support/test-client.js';
import { digest, eventTexts } from './event-texts.js';
import { ReadingPage } from './reading-page.js';
import { type WireFrame, WireTap } from './wire-tap.js';

const CHANNEL = 'events';
const READER = join(import.meta.dirname, 'clients/reader.py');
const { small, all } = eventTexts;
/** The small ones in one turn, then each by itself. */
const published = [...small, ...all];
const digests = published.map(({ text }) => digest(text));

async function start(origin?: string): Promise<{ app: TestApp; tap: WireTap }> {
  const allowedOrigins = origin === undefined ? [] : [origin];
  // Its pings as frames of their own kind, that are told from events.
  const app = await startApp({ maxBufferedBytes: 16 * 1_048_576, heartbeat: 'frame', allowedOrigins });
  return { app, tap: await WireTap.before(app.port) };
}

/** Once somebody has subscribed. */
async function publish({ subscriptions }: TestApp): Promise<void> {
  await vi.waitFor(() => expect(subscriptions.channels()).toHaveLength(1), 20_000);
  await Promise.all(small.map(({ text }) => subscriptions.broadcast(CHANNEL, text)));
  for (const { text } of all) {
    await setImmediate();
    await subscriptions.broadcast(CHANNEL, text);
  }
}

const texts = (frames: readonly WireFrame[]): WireFrame[] => frames.filter((frame) => frame.opcode === opcode.text);

function expectNegotiated(tap: WireTap, windowBits?: number): void {
  const [, agreed = ''] = /^sec-websocket-extensions: (.+)$/im.exec(tap.server.head) ?? [];
  const [name, ...parameters] = agreed.split(';').map((part) => part.trim());
  expect(name).toBe('permessage-deflate');
  expect(parameters).toContain('server_no_context_takeover');
  expect(parameters).toContain('client_no_context_takeover');
  const windows = windowBits === undefined ? [] : [`server_max_window_bits=${windowBits}`];
  expect(parameters.filter((parameter) => parameter.startsWith('server_max_window_bits'))).toEqual(windows);
}

/**
 * The events went over the wire compressed where that pays, and the small ones with one write, both kinds mixed. What the
 * client subscribed with came compressed, too.
 */
function expectCompressed(tap: WireTap): void {
  expect(texts(tap.client.frames)[0]).toMatchObject({ compressed: true });
  const events = texts(tap.server.frames).slice(-published.length);
  expect(events.map(({ compressed }) => compressed)).toEqual(published.map(({ compressed }) => compressed));
  const plain = published.map(({ text }) => Buffer.byteLength(text));
  for (const [at, { compressed, bytes }] of events.entries()) {
    if (compressed) expect(bytes, `${published[at]?.what}`).toBeLessThan(plain[at] as number);
  }
  const burst = events.slice(0, small.length);
  expect(new Set(burst.map(({ read }) => read)).size).toBe(1);
}

describe('compressed events are decoded correctly', () => {
  it.each([undefined, 9, 10, 12, 15])('by ws, with a window of %s bits', async (serverMaxWindowBits) => {
    const { app, tap } = await start();
    const perMessageDeflate = serverMaxWindowBits === undefined ? true : { serverMaxWindowBits };
    const client = await TestClient.open(tap.url, { perMessageDeflate });
    const metadata = { note: 'long enough to be compressed '.repeat(50) };
    client.send({ type: 'subscribe', data: { channels: [CHANNEL] }, metadata });
    await publish(app);
    const got: string[] = [];
    while (got.length < published.length) got.push(digest((await client.next('event')).data as string));
    expect(got).toEqual(digests);
    expect(client.webSocket.extensions).toBe('permessage-deflate');
    expectNegotiated(tap, serverMaxWindowBits);
    expectCompressed(tap);
  });

  it.each([undefined, 9, 10, 15])("by Python's websockets, with a window of %s bits", async (windowBits) => {
    const { app, tap } = await start();
    const window = windowBits === undefined ? [] : [String(windowBits)];
    const reader = new RunningProcess('/usr/bin/python3', [READER, tap.url, String(published.length), ...window]);
    await publish(app);
    const [line] = await reader.prints(/^\{.*\}$/m);
    expect(JSON.parse(line)).toEqual({ digests });
    expectNegotiated(tap, windowBits);
    expectCompressed(tap);
  });

  it.each(['Chromium', 'Firefox'] as const)('by %s', async (browser) => {
    const page = await ReadingPage.serve();
    const { app, tap } = await start(page.origin);
    const reading = page.read(browser, tap.url, published.length);
    await publish(app);
    expect(await reading).toEqual({ extensions: expect.stringMatching(/^permessage-deflate/) as string, digests });
    expectNegotiated(tap);
    expectCompressed(tap);
  });
});
