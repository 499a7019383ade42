import { describe, expect, it } from 'vitest';
import { KEPT, earlier, eventsOf, offsetsOf, subscribe } from '../../support/recover.js';
import { startApp } from '../../support/test-app.js';

/** A channel with three events, of which the user has acknowledged the last. */
const cleared = async () => {
  const app = await startApp(KEPT);
  const client = await app.connect();
  await client.subscribe('kept');
  for (const n of [1, 2, 3]) await app.subscriptions.broadcast('kept', n);
  const { epoch, offset } = await app.subscriptions.history('kept');
  await app.subscriptions.clearHistory('kept');
  return { app, client, top: { epoch, offset } };
};

describe('a history that the application has cleared', () => {
  it('has no events, and its position goes on for its subscribers', async () => {
    const { app, client, top } = await cleared();
    const { data } = await client.request('history', { channel: 'kept' });
    expect(data).toEqual({ status: 'success', result: { events: [], ...top } });
    await app.subscriptions.broadcast('kept', 4);
    await client.settle();
    expect(eventsOf(client)).toEqual([1, 2, 3, 4]);
    expect(offsetsOf(client)).toEqual([1, 2, 3, 4]);
  });

  it('is recovered by a client at its position, and not by one behind it', async () => {
    const { app, top } = await cleared();
    const [current, behind] = [await app.connect(), await app.connect()];
    expect(await subscribe(current, { channel: 'kept', since: top })).toMatchObject({
      positions: { kept: { ...top, recovered: true } },
    });
    expect(await subscribe(behind, { channel: 'kept', since: earlier(top, 1) })).toMatchObject({
      positions: { kept: { ...top, recovered: false } },
    });
    await app.subscriptions.broadcast('kept', 4);
    for (const client of [current, behind]) {
      await client.settle();
      expect(eventsOf(client)).toEqual([4]);
    }
  });

  it('must be one: a channel without history is refused, and so is an invalid name', async () => {
    const { subscriptions } = await startApp(KEPT);
    await expect(subscriptions.clearHistory('plain')).rejects.toMatchObject({ code: 'INVALID_PARAMS' });
    await expect(subscriptions.clearHistory('no name')).rejects.toMatchObject({ code: 'INVALID_CHANNEL' });
  });
});
