import type { Position } from '@skreaver/protocol';
import { describe, expect, it } from 'vitest';
import { encodings, speak } from '../../support/encodings.js';
import { LatchedAuthHandler } from '../../support/latched-auth-handler.js';
import { LatchedBackplane } from '../../support/latched-backplane.js';
import { KEPT, earlier, range } from '../../support/recover.js';
import { type TestApp, startApp, testAuth } from '../../support/test-app.js';

interface Page extends Position {
  readonly events: readonly { readonly data: unknown; readonly metadata: Readonly<Record<string, unknown>> }[];
}

const resultOf = ({ data }: { readonly data: object }): Page => {
  expect(data).toMatchObject({ status: 'success' });
  return (data as { result: Page }).result;
};
const dataOf = ({ events }: Page): unknown[] => events.map(({ data }) => data);

const withEvents = async (count: number, options: Parameters<typeof startApp>[0] = KEPT) => {
  const app = await startApp(options);
  const events = range(1, count).map((data) => ({ channel: 'kept', data }));
  const deliveries = await app.subscriptions.broadcastMany(events);
  const { epoch = '' } = (deliveries[0] ?? {}) as Partial<Position>;
  return { app, top: { epoch, offset: count } };
};

const failureOf = async ({ connect }: TestApp, params: unknown): Promise<unknown> => {
  const { data } = await (await connect()).request('history', params);
  return data.status === 'error' ? data.error.code : data;
};

describe.each(encodings)('the request history, in %s', (_encoding, protocols) => {
  speak(protocols);

  it('returns events with their metadata, oldest first, and the position of the channel', async () => {
    const { app, top } = await withEvents(2);
    const result = resultOf(await (await app.connect()).request('history', { channel: 'kept' }));
    const event = (data: number) => ({
      data,
      metadata: { channel: 'kept', timestamp: expect.any(Number), epoch: top.epoch, offset: data },
    });
    expect(result).toEqual({ events: [event(1), event(2)], ...top });
  });

  it('returns the newest first in reverse', async () => {
    const { app } = await withEvents(3);
    const client = await app.connect();
    expect(dataOf(resultOf(await client.request('history', { channel: 'kept', reverse: true })))).toEqual([3, 2, 1]);
  });

  it('returns at most 100 events by default', async () => {
    const { app } = await withEvents(150, { channels: { kept: { history: { size: 200, ttl: 60_000 } } } });
    const client = await app.connect();
    expect(dataOf(resultOf(await client.request('history', { channel: 'kept' })))).toEqual(range(1, 100));
    expect(dataOf(resultOf(await client.request('history', { channel: 'kept', limit: 2 })))).toEqual([1, 2]);
    const all = await client.request('history', { channel: 'kept', limit: 1000 });
    expect(dataOf(resultOf(all))).toEqual(range(1, 150));
  });

  it('continues after a position, or before it in reverse', async () => {
    const { app, top } = await withEvents(10);
    const client = await app.connect();
    const since = earlier(top, 4);
    const after = await client.request('history', { channel: 'kept', since, limit: 2 });
    expect(dataOf(resultOf(after))).toEqual([7, 8]);
    const before = await client.request('history', { channel: 'kept', since, limit: 2, reverse: true });
    expect(dataOf(resultOf(before))).toEqual([5, 4]);
    const beyond = await client.request('history', { channel: 'kept', since: earlier(top, -5) });
    expect(resultOf(beyond)).toEqual({ events: [], ...top });
  });

  it('begins at the oldest event for a position of another epoch, and returns the epoch in force', async () => {
    const { app, top } = await withEvents(3);
    const client = await app.connect();
    const since = { epoch: 'other', offset: 2 };
    expect(resultOf(await client.request('history', { channel: 'kept', since }))).toMatchObject(top);
    expect(dataOf(resultOf(await client.request('history', { channel: 'kept', since })))).toEqual([1, 2, 3]);
    const reverse = await client.request('history', { channel: 'kept', since, reverse: true });
    expect(dataOf(resultOf(reverse))).toEqual([3, 2, 1]);
  });

  it('returns everything without a subscription, in pages that fit a message', async () => {
    const app = await startApp({ ...KEPT, maxBufferedBytes: 65_536 });
    const events = range(1, 40).map((n) => ({ channel: 'kept', data: { n, padding: 'é'.repeat(4000) } }));
    const [first] = await app.subscriptions.broadcastMany(events);
    const client = await app.connect();
    let since = earlier(first as Position, 1);
    const read: unknown[] = [];
    for (let pages = 0; since.offset < 40; pages += 1) {
      expect(pages).toBeLessThan(40);
      const page = resultOf(await client.request('history', { channel: 'kept', since }));
      read.push(...dataOf(page).map((data) => (data as { n: number }).n));
      since = { epoch: page.epoch, offset: page.events.at(-1)?.metadata['offset'] as number };
    }
    expect(read).toEqual(range(1, 40));
  });

  it('fails with MESSAGE_TOO_LARGE where a single event fits a message but not a response', async () => {
    const app = await startApp({ ...KEPT, maxBufferedBytes: 65_536 });
    await app.subscriptions.broadcast('kept', 'x'.repeat(65_300));
    expect(await failureOf(app, { channel: 'kept' })).toBe('MESSAGE_TOO_LARGE');
  });

  it('is refused for a channel without history', async () => {
    expect(await failureOf((await withEvents(1)).app, { channel: 'plain' })).toBe('INVALID_PARAMS');
  });

  it.each([
    undefined,
    {},
    { channel: 7 },
    { channel: 'kept', limit: 0 },
    { channel: 'kept', limit: 1001 },
    { channel: 'kept', limit: 1.5 },
    { channel: 'kept', limit: '10' },
    { channel: 'kept', since: 'acked' },
    { channel: 'kept', since: { epoch: 'e' } },
    { channel: 'kept', since: { epoch: 'e', offset: -1 } },
    { channel: 'kept', reverse: 'yes' },
  ])('refuses the params %j', async (params) => {
    expect(await failureOf(await startApp(KEPT), params)).toBe('INVALID_PARAMS');
  });

  it('refuses an invalid channel name', async () => {
    expect(await failureOf(await startApp(KEPT), { channel: 'no name' })).toBe('INVALID_CHANNEL');
  });
});

describe.each(encodings)('the permission for history, in %s', (_encoding, protocols) => {
  speak(protocols);

  it('is checked by the AuthHandler', async () => {
    const app = await startApp({ ...testAuth, channels: { '*': { history: { size: 10, ttl: 60_000 } } } });
    const client = await app.connect('?token=token-ann');
    const { data } = await client.request('history', { channel: 'private-bob' });
    expect(data).toMatchObject({ status: 'error', error: { code: 'PERMISSION_DENIED' } });
    expect((await client.request('history', { channel: 'private-ann' })).data.status).toBe('success');
  });

  it("is that of the user who asked, and fails when the connection becomes another user's", async () => {
    const [auth, backplane] = [new LatchedAuthHandler(), new LatchedBackplane()];
    const app = await startApp({ ...KEPT, ...auth.source, ...backplane.source });
    await app.subscriptions.broadcast('kept', 1);
    const client = await app.connect('?token=token-ann');
    backplane.answering.close();
    const answer = client.request('history', { channel: 'kept' });
    await backplane.answering.reached();
    const [connection] = app.table.list();
    if (connection !== undefined) app.table.identify(connection, { userId: 'bob' });
    backplane.answering.open();
    expect((await answer).data).toMatchObject({ status: 'error', error: { code: 'PERMISSION_DENIED' } });
  });
});

describe.each(encodings)('SubscriptionService.history, in %s', (_encoding, protocols) => {
  speak(protocols);

  it('returns more than fits a message to the application', async () => {
    const { app, top } = await withEvents(20, { ...KEPT, maxBufferedBytes: 65_536 });
    await app.subscriptions.broadcast('kept', 'x'.repeat(65_300));
    const history = await app.subscriptions.history('kept', { since: earlier(top, 1) });
    expect(history.events.map(({ data }) => data)).toEqual([20, 'x'.repeat(65_300)]);
    expect(history).toMatchObject({ epoch: top.epoch, offset: 21 });
  });

  it('rejects a channel without history, an invalid name and an invalid limit', async () => {
    const { subscriptions } = await startApp(KEPT);
    await expect(subscriptions.history('plain')).rejects.toMatchObject({ code: 'INVALID_PARAMS' });
    await expect(subscriptions.history('no name')).rejects.toMatchObject({ code: 'INVALID_CHANNEL' });
    await expect(subscriptions.history('kept', { limit: 0 })).rejects.toMatchObject({ code: 'INVALID_PARAMS' });
  });
});
