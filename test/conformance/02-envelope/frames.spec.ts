import { register } from 'prom-client';
import { describe, expect, it, vi } from 'vitest';
import { MetricName } from '../../../src/metrics/metric-names.js';
import { RawClient } from '../../support/raw-client.js';
import { type FrameOptions, clientFrame, messageFrame, opcode } from '../../support/raw-frames.js';
import { startApp } from '../../support/test-app.js';

const PING = JSON.stringify({ type: 'ping' });

async function expectClose(code: number, ...frames: readonly Buffer[]): Promise<void> {
  const app = await startApp();
  const client = await RawClient.upgrade(app.port);
  client.write(...frames);
  expect(await client.closeCode()).toBe(code);
  client.write(clientFrame(opcode.close, Buffer.of(code >> 8, code & 0xff)));
  await client.closed;
  await vi.waitFor(() => expect(app.registry.list()).toHaveLength(0), 20_000);
}

describe('a binary message closes a JSON connection with 1003', () => {
  it.each([
    ['even when it holds a valid message', PING],
    ['when it is empty', ''],
  ])('%s', (_what, payload) => expectClose(1003, clientFrame(opcode.binary, payload)));
});

describe('invalid UTF-8 in a message', () => {
  it.each([
    ['a byte that never occurs', Buffer.of(0xff)],
    ['a cut sequence', Buffer.of(0x22, 0xe2, 0x82)],
    ['an overlong form', Buffer.of(0xc0, 0xaf)],
    ['half a surrogate pair', Buffer.of(0xed, 0xa0, 0x80)],
  ])('closes the connection with 1007: %s', (_what, payload) => expectClose(1007, clientFrame(opcode.text, payload)));

  it('does not include a sequence that fragments divide, which is read whole', async () => {
    const app = await startApp();
    const client = await RawClient.upgrade(app.port);
    const bytes = Buffer.from(JSON.stringify({ type: 'ping', correlation_id: '€' }));
    const cut = bytes.indexOf(0xe2) + 1;
    client.write(clientFrame(opcode.text, bytes.subarray(0, cut), { fin: false }));
    client.write(clientFrame(opcode.continuation, bytes.subarray(cut)));
    expect(await client.message()).toEqual({ type: 'pong', correlation_id: '€' });
  });
});

const fragments = (count: number): Buffer[] =>
  Array.from({ length: count }, (_, at) =>
    clientFrame(at === 0 ? opcode.text : opcode.continuation, at === 0 ? PING : ' ', { fin: at === count - 1 }),
  );

describe('fragments', () => {
  it('may be 256 in one message', async () => {
    const app = await startApp();
    const client = await RawClient.upgrade(app.port);
    client.write(...fragments(256));
    expect(await client.message()).toEqual({ type: 'pong' });
  });

  it('close the connection with 1008 when there are 257 in one message', () => expectClose(1008, ...fragments(257)));

  it('close the connection with 1008 when they never end, empty ones too', () => {
    const endless = Array.from({ length: 300 }, () => clientFrame(opcode.continuation, '', { fin: false }));
    return expectClose(1008, clientFrame(opcode.text, '', { fin: false }), ...endless);
  });

  it('may have a ping frame between them, which is answered at once', async () => {
    const app = await startApp();
    const client = await RawClient.upgrade(app.port);
    client.write(clientFrame(opcode.text, PING.slice(0, 5), { fin: false }), clientFrame(opcode.ping, 'hi'));
    expect(await client.frame()).toEqual({ opcode: opcode.pong, payload: Buffer.from('hi') });
    client.write(clientFrame(opcode.continuation, PING.slice(5)));
    expect(await client.message()).toEqual({ type: 'pong' });
  });
});

const bad = (code: number, payload: string, options: FrameOptions = {}): Buffer[] => [
  clientFrame(code, payload, options),
];

const violations = async (): Promise<number> => {
  const metric = await register.getSingleMetric(MetricName.Errors)?.get();
  return metric?.values.find((value) => value.labels['type'] === 'PROTOCOL_VIOLATION')?.value ?? 0;
};

describe('a violation of RFC 6455', () => {
  it.each<[string, Buffer[]]>([
    ['a frame that is not masked', bad(opcode.text, PING, { masked: false })],
    ['the first reserved bit without compression', bad(opcode.text, PING, { rsv: 4 })],
    ['the second reserved bit', bad(opcode.text, PING, { rsv: 2 })],
    ['the third reserved bit', bad(opcode.text, PING, { rsv: 1 })],
    ['the data opcode 3', bad(3, PING)],
    ['the data opcode 7', bad(7, PING)],
    ['the control opcode 11', bad(11, '')],
    ['the control opcode 15', bad(15, '')],
    ['a continuation of nothing', bad(opcode.continuation, PING)],
    ['a message within a message', [...bad(opcode.text, '{', { fin: false }), ...bad(opcode.text, '}')]],
    ['a control frame in fragments', bad(opcode.ping, '', { fin: false })],
    ['a control frame of 126 bytes', bad(opcode.ping, 'x'.repeat(126))],
    ['a close frame of one byte', bad(opcode.close, '\u0003')],
    ['a close code that must not be sent', [clientFrame(opcode.close, Buffer.of(0x03, 0xed))]],
  ])('closes the connection with 1002: %s', (_what, frames) => expectClose(1002, ...frames));

  it('is counted as PROTOCOL_VIOLATION', async () => {
    const app = await startApp();
    const before = await violations();
    const client = await RawClient.upgrade(app.port);
    client.write(clientFrame(3, ''));
    await client.closeCode();
    expect(await violations()).toBe(before + 1);
  });

  it('is the last thing that is read of its connection', async () => {
    const app = await startApp();
    const client = await RawClient.upgrade(app.port);
    client.write(clientFrame(3, ''), messageFrame({ type: 'subscribe', data: { channels: ['news'] } }));
    expect(await client.closeCode()).toBe(1002);
    expect(app.subscriptions.channels()).toEqual([]);
  });
});

it('a close frame of the client is answered with its code', () =>
  expectClose(1000, clientFrame(opcode.close, Buffer.of(3, 0xe8))));
