import type { EventMessage, ServerMessage } from '@skreaver/protocol';
import { describe, expect, it } from 'vitest';
import { encodings, speak } from '../../support/encodings.js';
import { startApp } from '../../support/test-app.js';

const EVENTS = 250;
/** All together more than loopback takes before anything waits on our side. */
const PADDING = new Uint8Array(60_000).fill(7);

const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

const isLast = (message: ServerMessage): message is EventMessage =>
  message.type === 'event' && (message.data as { n: number }).n === EVENTS;

/** A client that stops reading, misses a flood, and reads on. */
async function floodedClient(overflow: 'drop_oldest' | 'latest', history: boolean) {
  const kept = history ? { history: { size: 1000, ttl: 600_000 } } : {};
  const app = await startApp({
    // A client that does not read would miss a ping too.
    pingInterval: 600_000,
    connectionTimeout: 900_000,
    broadcastBufferSize: 20,
    channels: { flood: { overflow, ...kept } },
  });
  const client = await app.connect('', { perMessageDeflate: false });
  await client.subscribe('flood');
  client.stall();
  for (let n = 1; n <= EVENTS; n += 1) {
    expect(await app.subscriptions.broadcast('flood', { n, padding: PADDING })).toMatchObject({ delivered: 1 });
    await new Promise((resolve) => setImmediate(resolve));
  }
  client.webSocket.resume();
  await client.nextWhere(isLast);
  await client.settle();
  const events = client.received.filter((message): message is EventMessage => message.type === 'event');
  return { app, client, events, numbers: events.map(({ data }) => (data as { n: number }).n) };
}

const policies = ['drop_oldest', 'latest'] as const;
const cases = policies.flatMap((overflow) =>
  encodings.map(([encoding, protocols]) => ({ overflow, encoding, protocols })),
);

describe.each(cases)('overflow $overflow, in $encoding', ({ overflow, protocols }) => {
  speak(protocols);

  it('keeps the connection, and names the dropped offsets in the next event', async () => {
    const { app, events, numbers } = await floodedClient(overflow, true);
    expect(app.registry.list()).toHaveLength(1);
    expect(numbers.length).toBeLessThan(EVENTS);
    for (const [at, { metadata }] of events.entries()) {
      const [before, here] = [numbers[at - 1] ?? 0, numbers[at] ?? 0];
      expect(metadata.offset).toBe(here);
      expect(metadata.gap).toEqual(here === before + 1 ? undefined : { from: before + 1, to: here - 1 });
    }
  });

  it('says in the next event that some were dropped, where the channel has no offsets', async () => {
    const { client, events, numbers } = await floodedClient(overflow, false);
    expect(numbers.length).toBeLessThan(EVENTS);
    expect(events.at(-1)?.data).toEqual({ n: EVENTS, padding: client.isPacked ? PADDING : toBase64(PADDING) });
    for (const [at, { metadata }] of events.entries()) {
      expect(metadata.gap).toBe(numbers[at] === (numbers[at - 1] ?? 0) + 1 ? undefined : true);
    }
  });
});
