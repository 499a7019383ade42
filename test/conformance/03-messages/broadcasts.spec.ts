import { describe, expect, it } from 'vitest';
import { KEPT, range } from '../../support/recover.js';
import { startApp, testAuth } from '../../support/test-app.js';

describe('an event to several channels', () => {
  it('reaches the subscribers of each, with a result for each in the order of the channels', async () => {
    const { connect, subscriptions } = await startApp(KEPT);
    const client = await connect();
    await client.subscribe('a', 'kept');
    const results = await subscriptions.broadcastTo(['kept', 'no name', 'a', 'empty'], { n: 1 });
    expect(results).toEqual([
      { delivered: 1, epoch: expect.any(String) as string, offset: 1 },
      { error: expect.objectContaining({ code: 'INVALID_CHANNEL' }) as unknown },
      { delivered: 1 },
      { delivered: 0 },
    ]);
    const events = [await client.next('event'), await client.next('event')];
    expect(events.map(({ metadata }) => metadata.channel)).toEqual(['kept', 'a']);
    expect(events.map(({ data }) => data)).toEqual([{ n: 1 }, { n: 1 }]);
  });

  it('is serialised once, and has its options in each channel', async () => {
    const { subscriptions } = await startApp();
    let times = 0;
    const data = { toJSON: () => (times += 1) };
    const publish = () => subscriptions.broadcastTo(['a', 'b'], data, { idempotencyKey: 'k', metadata: { m: 1 } });
    expect(await publish()).toEqual([{ delivered: 0 }, { delivered: 0 }]);
    expect(times).toBe(1);
    expect(await publish()).toMatchObject([{ duplicate: true }, { duplicate: true }]);
  });

  it('is rejected as a whole where its data is not JSON', async () => {
    const { subscriptions } = await startApp();
    await expect(subscriptions.broadcastTo(['a', 'b'], 1n)).rejects.toMatchObject({ code: 'INVALID_PARAMS' });
  });
});

describe('an event to all', () => {
  it('reaches every authenticated connection, without a channel, and no other connection', async () => {
    const { connect, subscriptions } = await startApp(testAuth);
    const clients = [await connect('?token=token-a'), await connect('?token=token-a'), await connect('?token=token-b')];
    const stranger = await connect();
    expect(await subscriptions.sendToAll({ n: 1 })).toEqual({ delivered: 3 });
    for (const client of clients) {
      expect(await client.next('event')).toEqual({
        type: 'event',
        data: { n: 1 },
        metadata: { timestamp: expect.any(Number) as number },
      });
    }
    expect(stranger.received.filter(({ type }) => type === 'event')).toEqual([]);
  });

  it('reaches anonymous connections where there is no AuthHandler', async () => {
    const { connect, subscriptions } = await startApp();
    const client = await connect();
    await subscriptions.sendToAll('hello');
    expect((await client.next('event')).data).toBe('hello');
  });

  it('comes in the order of publication, after what was published before', async () => {
    const { connect, subscriptions } = await startApp();
    const client = await connect();
    await client.subscribe('news');
    for (const n of range(1, 50)) {
      await subscriptions.broadcast('news', 2 * n);
      await subscriptions.sendToAll(2 * n + 1);
    }
    for (const n of range(2, 101)) expect((await client.next('event')).data).toBe(n);
  });

  it('is refused where it could not be sent', async () => {
    const { subscriptions } = await startApp({ maxBufferedBytes: 65_536 });
    await expect(subscriptions.sendToAll(undefined)).rejects.toMatchObject({ code: 'INVALID_PARAMS' });
    await expect(subscriptions.sendToAll('x'.repeat(65_536))).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' });
  });
});
