import type { EventMessage } from '@skreaver/protocol';
import { describe, expect, it } from 'vitest';
import { KEPT, earlier, eventsOf, offsetsOf, range, subscribe } from '../../support/recover.js';
import { type TestApp, startApp, testAuth } from '../../support/test-app.js';
import type { TestClient } from '../../support/test-client.js';

const OPTIONS = { ...KEPT, ...testAuth };
const as = ({ connect }: TestApp, user: string): Promise<TestClient> => connect(`?token=token-${user}`);
const idOf = ({ received }: TestClient): string => {
  const [answer] = received;
  return answer?.type === 'auth_response' && answer.data.success ? answer.data.connection_id : '';
};
const secretsIn = ({ received }: TestClient): number => JSON.stringify(received).split('secret').length - 1;

/** A client of each user, subscribed to a channel with history and one without. */
const withClients = async (...users: string[]) => {
  const app = await startApp(OPTIONS);
  const clients: TestClient[] = [];
  for (const user of users) {
    const client = await as(app, user);
    await client.next('auth_response');
    await client.subscribe('kept', 'plain');
    clients.push(client);
  }
  return { app, clients };
};

const placeholder = (offset: number) => ({
  type: 'event',
  data: null,
  metadata: {
    channel: 'kept',
    timestamp: expect.any(Number) as number,
    epoch: expect.any(String) as string,
    offset,
    kind: 'skipped',
  },
});

describe('an event that is kept from a user', () => {
  it('reaches everybody else, and each connection of that user as a placeholder with its position alone', async () => {
    const { app, clients } = await withClients('ann', 'ann', 'bob');
    const [ann, again, bob] = clients as [TestClient, TestClient, TestClient];
    const options = { except: { userId: 'ann' }, metadata: { note: 'secret' } };
    expect(await app.subscriptions.broadcast('kept', 'secret', options)).toMatchObject({ delivered: 1, offset: 1 });
    await app.subscriptions.broadcast('kept', 'open');
    for (const client of [ann, again]) {
      expect(await client.next('event')).toEqual(placeholder(1));
      expect((await client.next('event')).metadata.offset).toBe(2);
      expect(secretsIn(client)).toBe(0);
    }
    expect((await bob.next('event')).data).toBe('secret');
  });

  it('is nothing for that user in a channel without history', async () => {
    const { app, clients } = await withClients('ann', 'bob');
    const [ann, bob] = clients as [TestClient, TestClient];
    expect(await app.subscriptions.broadcast('plain', 1, { except: { userId: 'ann' } })).toEqual({ delivered: 1 });
    await app.subscriptions.broadcast('plain', 2);
    expect((await bob.next('event')).data).toBe(1);
    expect((await ann.next('event')).data).toBe(2);
    expect(eventsOf(ann, 'plain')).toEqual([2]);
  });

  it('is a placeholder for that user in recovered events, in catching up, and in `history`', async () => {
    const app = await startApp(OPTIONS);
    const { epoch = '' } = await app.subscriptions.broadcast('kept', 1);
    await app.subscriptions.broadcast('kept', 'secret', { except: { userId: 'ann' } });
    await app.subscriptions.broadcast('kept', 3);
    for (const [user, data] of [
      ['ann', null],
      ['bob', 'secret'],
      ['ann', null],
    ] as const) {
      const client = await as(app, user);
      expect(await subscribe(client, { channel: 'kept', since: { epoch, offset: 0 } })).toMatchObject({
        positions: { kept: { recovered: true } },
      });
      await client.settle();
      expect(eventsOf(client)).toEqual([1, data, 3]);
      expect(offsetsOf(client)).toEqual([1, 2, 3]);
      for (const reverse of [false, true]) {
        const { data: answer } = await client.request('history', { channel: 'kept', reverse });
        const { events } = (answer as { result: { events: EventMessage[] } }).result;
        expect(events.map((event) => event.data)).toEqual(reverse ? [3, data, 1] : [1, data, 3]);
        expect(events[1]?.metadata.kind).toBe(user === 'ann' ? 'skipped' : undefined);
      }
      expect(secretsIn(client) > 0).toBe(user === 'bob');
    }
  });

  it('can be acknowledged by its placeholder, and recovery goes on after it', async () => {
    const { app, clients } = await withClients('ann');
    const [ann] = clients as [TestClient];
    const { epoch = '', offset = 0 } = await app.subscriptions.broadcast('kept', 1, { except: { userId: 'ann' } });
    await ann.next('event');
    ann.send({ type: 'ack', data: { channel: 'kept', offset } });
    await ann.settle();
    await app.subscriptions.broadcast('kept', 2);
    const other = await as(app, 'ann');
    const { positions } = await subscribe(other, { channel: 'kept', since: 'acked' });
    expect(positions).toEqual({ kept: { epoch, offset: 2, recovered: true } });
    await other.settle();
    expect(offsetsOf(other)).toEqual([2]);
  });

  it('is whole in the history of the application, which is told whom it was kept from', async () => {
    const { subscriptions } = await startApp(KEPT);
    await subscriptions.broadcast('kept', 1, { except: { userId: 'ann' } });
    const { events } = await subscriptions.history('kept');
    expect(events).toMatchObject([{ data: 1, metadata: { offset: 1 }, except: { userId: 'ann' } }]);
    expect(events[0]?.metadata.kind).toBeUndefined();
  });

  it('stays with one of hundreds of subscribers, in the order of all events', async () => {
    const { app, clients } = await withClients(...range(1, 40).map((n) => `user-${n % 20}`));
    for (const n of range(1, 60)) {
      void app.subscriptions.broadcast('kept', `secret ${n}`, { except: { userId: `user-${n % 20}` } });
    }
    await app.subscriptions.broadcast('kept', 'last');
    for (const [at, client] of clients.entries()) {
      await client.nextWhere((message): message is EventMessage => message.type === 'event' && message.data === 'last');
      expect(offsetsOf(client)).toEqual(range(1, 61));
      const hidden = range(1, 60).filter((n) => n % 20 === (at + 1) % 20);
      expect(eventsOf(client)).toEqual([
        ...range(1, 60).map((n) => (hidden.includes(n) ? null : `secret ${n}`)),
        'last',
      ]);
    }
  });
});

describe('an event that is kept from a connection', () => {
  it('reaches the other connections of its user, and that one by recovery only after it has reconnected', async () => {
    const { app, clients } = await withClients('ann', 'ann');
    const [one, two] = clients as [TestClient, TestClient];
    const except = { connectionId: idOf(one) };
    const position = await app.subscriptions.broadcast('kept', 'secret', { except });
    const since = earlier({ epoch: position.epoch ?? '', offset: position.offset ?? 0 }, 1);
    expect((await two.next('event')).data).toBe('secret');
    expect(await one.next('event')).toEqual(placeholder(1));
    await one.ask({ type: 'unsubscribe', data: { channels: ['kept'] } });
    await subscribe(one, { channel: 'kept', since });
    expect(await one.next('event')).toEqual(placeholder(1));
    const again = await as(app, 'ann');
    await subscribe(again, { channel: 'kept', since });
    expect((await again.next('event')).data).toBe('secret');
  });

  it('is kept from its user too where both are named, and in each of several channels', async () => {
    const { app, clients } = await withClients('ann', 'bob', 'carol');
    const [ann, bob, carol] = clients as [TestClient, TestClient, TestClient];
    const except = { connectionId: idOf(ann), userId: 'bob' };
    await app.subscriptions.broadcastTo(['kept', 'plain'], 'secret', { except });
    await app.subscriptions.broadcastMany([{ channel: 'kept', data: 'secret', except }]);
    expect(await app.subscriptions.sendToAll('secret', { except })).toEqual({ delivered: 1 });
    expect(await app.subscriptions.sendToUser('ann', 'secret', { except })).toEqual({ delivered: 0 });
    for (const client of clients) await client.settle();
    expect([ann, bob].map(secretsIn)).toEqual([0, 0]);
    expect(secretsIn(carol)).toBe(4);
  });
});

describe('an exclusion that names nobody', () => {
  it('refuses the event, which would otherwise reach everybody', async () => {
    const { app, clients } = await withClients('ann');
    const except = { userId: undefined };
    const refused = expect.objectContaining({ code: 'INVALID_PARAMS' }) as unknown;
    await expect(app.subscriptions.broadcast('kept', 1, { except })).rejects.toEqual(refused);
    await expect(app.subscriptions.sendToAll(1, { except })).rejects.toEqual(refused);
    expect(await app.subscriptions.broadcastMany([{ channel: 'kept', data: 1, except }])).toEqual([{ error: refused }]);
    await clients[0]?.settle();
    expect(eventsOf(clients[0] as TestClient)).toEqual([]);
  });
});
