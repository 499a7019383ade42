import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/test-app.js';

const CLIENTS = 9;
const EVENTS = 1500;
const TEXT = 'x'.repeat(1000);

describe('events to everyone', () => {
  it('in a burst of one turn reach each connection in order, and end none that reads', async () => {
    const { connect, subscriptions } = await startApp();
    const clients = await Promise.all(Array.from({ length: CLIENTS }, () => connect()));
    const sent = Array.from({ length: EVENTS }, (_, at) => subscriptions.sendToAll({ at, TEXT }));
    const delivered = await Promise.all(sent);
    expect(delivered.every((each) => each.delivered === CLIENTS)).toBe(true);
    for (const client of clients) {
      for (let at = 0; at < EVENTS; at += 1) expect((await client.next('event')).data).toMatchObject({ at });
    }
  });

  it('reach who is connected at the time of the event, and in the order of its other messages', async () => {
    const { connect, subscriptions } = await startApp();
    const early = await Promise.all(Array.from({ length: CLIENTS }, () => connect()));
    await subscriptions.sendToAll('first');
    const late = await connect();
    await late.subscribe('a');
    const leaving = early.pop();
    leaving?.webSocket.close(1000);
    await leaving?.closed;
    await Promise.all([subscriptions.sendToAll('second'), subscriptions.broadcast('a', 'third')]);
    expect((await late.next('event')).data).toBe('second');
    expect((await late.next('event')).data).toBe('third');
    for (const client of early) {
      expect((await client.next('event')).data).toBe('first');
      expect((await client.next('event')).data).toBe('second');
    }
  });
});
