import { describe, expect, it } from 'vitest';
import { KEPT, subscribe } from '../../support/recover.js';
import { startApp } from '../../support/test-app.js';

describe('the metadata of an application', () => {
  it('is `app` in the metadata of its event, beside the keys of the server', async () => {
    const { connect, subscriptions } = await startApp();
    const client = await connect();
    await client.subscribe('news');
    const metadata = { channel: 'other', timestamp: 1, from: { user_id: 'ann' }, ['__proto__']: 1, gap: true };
    await subscriptions.broadcast('news', 1, { metadata });
    expect((await client.next('event')).metadata).toEqual({
      channel: 'news',
      timestamp: expect.any(Number) as number,
      app: metadata,
    });
  });

  it('is the same in the history and in recovered events', async () => {
    const { connect, subscriptions } = await startApp(KEPT);
    const metadata = { type: 'status', trace: '4f0c' };
    const { epoch = '' } = await subscriptions.broadcast('kept', 1, { metadata });
    const client = await connect();
    await subscribe(client, { channel: 'kept', since: { epoch, offset: 0 } });
    expect((await client.next('event')).metadata.app).toEqual(metadata);
    const { data } = await client.request('history', { channel: 'kept' });
    expect(data).toMatchObject({ result: { events: [{ metadata: { app: metadata, offset: 1 } }] } });
    expect((await subscriptions.history('kept')).events[0]?.metadata.app).toEqual(metadata);
  });

  it('over 1,024 bytes refuses the event, which nobody gets', async () => {
    const { connect, subscriptions } = await startApp();
    const client = await connect();
    await client.subscribe('news');
    const publishing = subscriptions.broadcast('news', 1, { metadata: { a: 'x'.repeat(1024) } });
    await expect(publishing).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE', details: { max: 1024 } });
    await client.settle();
    expect(client.received.filter(({ type }) => type === 'event')).toEqual([]);
  });
});
