import { expect, it } from 'vitest';
import { EventMaker } from '../server/agent-event.js';
import { EventCount } from './event-count.js';

const events = new EventMaker(128);

it('waits until as many events have come as are wanted', async () => {
  const count = new EventCount();
  const reached = count.reaches(2, 20_000);
  count.take(events.next());
  count.take(events.next());
  expect(await reached).toBe(true);
  expect(count.events).toBe(2);
  expect(await count.reaches(2, 20_000)).toBe(true);
});

it('says when too few have come in time, and begins again', async () => {
  const count = new EventCount();
  count.take(events.next());
  expect(await count.reaches(2, 1)).toBe(false);
  count.reset();
  expect(count.events).toBe(0);
});

it('refuses an event without its data, which a reader has lost', () => {
  expect(() => new EventCount().take({} as never)).toThrow('without its data');
});
