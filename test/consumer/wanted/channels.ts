import { CloseCode, type EventMessage } from '@skreaver/protocol';
import { expect } from 'vitest';
import { resultOf, since } from './answers.js';
import type { WantedApp } from './wanted-app.js';
import type { Wanted } from './wanted.js';

/** More events than a client's outbox and the buffers of its socket take. */
const FLOOD = 400;

async function flood(app: WantedApp, channel: string): Promise<void> {
  await resultOf(await app.connect('flooder'), 'flood', { channel, events: FLOOD, length: 50_000 });
}

/** The number of an event of the flood; 0 without an event. */
const numberOf = (event?: EventMessage): number => (event === undefined ? 0 : (event.data as { n: number }).n);

export const channels: readonly Wanted[] = [
  {
    thing: '`subscribe` by the server, which the client is told',
    check: async (app) => {
      const client = await app.open('?token=token-of-server-side');
      const { connection_id } = (await client.next('auth_response')).data as { connection_id: string };
      await app.call('subscribe', connection_id, ['server-side']);
      expect((await client.next('subscribe_response')).data).toMatchObject({ subscribed: ['server-side'] });
      await app.call('broadcast', 'server-side', 1);
      expect((await client.next('event')).data).toBe(1);
    },
  },
  {
    thing: '`subscribeUser`',
    check: async (app) => {
      const client = await app.connect('subscribed-user');
      expect(await app.call('subscribeUser', 'subscribed-user', ['team'])).toBe(1);
      expect((await client.next('subscribe_response')).data).toMatchObject({ subscribed: ['team'] });
    },
  },
  {
    thing: '`unsubscribeUser`',
    check: async (app) => {
      const client = await app.subscribed('unsubscribed-user', 'team');
      expect(await app.call('unsubscribeUser', 'unsubscribed-user', ['team'])).toBe(1);
      expect((await client.next('unsubscribe_response')).data).toMatchObject({ unsubscribed: ['team'] });
    },
  },
  {
    thing: 'a pattern with `*` in the middle',
    check: async (app) => {
      expect(await app.call('broadcast', 'tenant:7:log', 1)).toMatchObject({ offset: 1 });
      expect(await app.call('broadcast', 'tenant:7:eu:log', 1)).toEqual({ delivered: 0 });
    },
  },
  {
    thing: '`mirror`: many channels by one subscription',
    check: async (app) => {
      const dashboard = await app.subscribed('dashboard', 'agents');
      await app.call('broadcast', 'agent:7', 'of seven');
      await app.call('broadcast', 'agent:8', 'of eight');
      const events = [await dashboard.next('event'), await dashboard.next('event')];
      expect(events).toMatchObject([
        { data: 'of seven', metadata: { channel: 'agents', mirrored_from: 'agent:7' } },
        { data: 'of eight', metadata: { channel: 'agents', mirrored_from: 'agent:8' } },
      ]);
    },
  },
  {
    thing: 'recovery of a `mirror`',
    check: async (app) => {
      const before = await app.subscribed('dashboard', 'agents');
      await app.call('broadcast', 'agent:7', 'seen');
      const { epoch, offset } = (await before.next('event')).metadata;
      before.webSocket.terminate();
      await app.call('broadcast', 'agent:8', 'missed');
      const after = await app.connect('dashboard');
      expect(await since(after, 'agents', { epoch, offset })).toMatchObject({
        positions: { agents: { recovered: true } },
      });
      expect(await after.next('event')).toMatchObject({ data: 'missed', metadata: { mirrored_from: 'agent:8' } });
    },
  },
  {
    thing: 'a refused wildcard, with a sentence that names `mirror`',
    check: async (app) => {
      expect((await (await app.connect('wild')).subscribe('agent:*')).data).toMatchObject({
        failed: [{ channel: 'agent:*', code: 'INVALID_CHANNEL', message: expect.stringContaining('`mirror`') }],
      });
    },
  },
  {
    thing: 'history',
    check: async (app) => {
      await app.call('broadcast', 'history:read', 'kept');
      const client = await app.connect('historian');
      expect(await resultOf(client, 'history', { channel: 'history:read' })).toMatchObject({
        events: [{ data: 'kept', metadata: { offset: 1 } }],
      });
    },
  },
  {
    thing: '`clearHistory`',
    check: async (app) => {
      await app.call('broadcast', 'history:clear', 'removed');
      await app.call('clearHistory', 'history:clear');
      expect(await app.call('history', 'history:clear')).toMatchObject({ events: [], offset: 1 });
    },
  },
  {
    thing: 'recovery by `since`',
    check: async (app) => {
      const { epoch, offset } = (await app.call('broadcast', 'history:since', 'seen')) as Record<string, unknown>;
      await app.call('broadcast', 'history:since', 'missed');
      const client = await app.connect('returning');
      expect(await since(client, 'history:since', { epoch, offset })).toMatchObject({
        positions: { 'history:since': { recovered: true } },
      });
      expect((await client.next('event')).data).toBe('missed');
    },
  },
  {
    thing: "recovery by `since: 'acked'`",
    check: async (app) => {
      const first = await app.subscribed('acker', 'history:acked');
      await app.call('broadcast', 'history:acked', 'handled');
      first.send({ type: 'ack', data: { channel: 'history:acked', offset: 1 } });
      await first.settle();
      await app.call('broadcast', 'history:acked', 'missed');
      const second = await app.connect('acker');
      expect(await since(second, 'history:acked', 'acked')).toMatchObject({
        positions: { 'history:acked': { recovered: true } },
      });
      expect((await second.next('event')).data).toBe('missed');
    },
  },
  {
    thing: "`overflow: 'latest'` for a slow client",
    check: async (app) => {
      const slow = await app.connect('slow-latest', { perMessageDeflate: false });
      await slow.subscribe('cursor:1');
      slow.stall();
      await flood(app, 'cursor:1');
      slow.webSocket.resume();
      await slow.nextWhere(
        (message): message is EventMessage => message.type === 'event' && numberOf(message) === FLOOD,
      );
      const events = slow.received.filter((message): message is EventMessage => message.type === 'event');
      expect(events.length).toBeLessThan(FLOOD);
      for (const [at, event] of events.entries()) {
        const follows = numberOf(event) === numberOf(events[at - 1]) + 1;
        expect(event.metadata.gap).toBe(follows ? undefined : true);
      }
      expect(slow.webSocket.readyState).toBe(slow.webSocket.OPEN);
    },
  },
  {
    thing: '4002 for a slow client, which comes back and recovers',
    check: async (app) => {
      const slow = await app.connect('slow-disconnected', { perMessageDeflate: false });
      await slow.subscribe('payment:1');
      slow.stall();
      await flood(app, 'payment:1');
      slow.webSocket.resume();
      expect((await slow.closed).code).toBe(CloseCode.SlowConsumer);
      const last = slow.received.findLast(({ type }) => type === 'event') as EventMessage;
      const { epoch, offset } = last.metadata;
      const back = await app.connect('slow-disconnected');
      expect(await since(back, 'payment:1', { epoch, offset })).toMatchObject({
        positions: { 'payment:1': { recovered: true } },
      });
      expect(numberOf(await back.next('event'))).toBe(numberOf(last) + 1);
    },
  },
  {
    thing: 'presence, with join and leave events',
    check: async (app) => {
      const watcher = await app.connect('watcher');
      await watcher.ask({ type: 'subscribe', data: { channels: [{ channel: 'room:1', join_leave: true }] } });
      const visitor = await app.subscribed('visitor', 'room:1');
      const ofVisitor = { data: { user_id: 'visitor', info: { name: 'VISITOR' } } };
      const isOfVisitor = (message: { data?: unknown }): boolean =>
        (message.data as { user_id?: string } | undefined)?.user_id === 'visitor';
      const next = (): Promise<unknown> =>
        watcher.nextWhere((message): message is typeof message => message.type === 'event' && isOfVisitor(message));
      expect(await next()).toMatchObject({ ...ofVisitor, metadata: { kind: 'join' } });
      expect(await app.call('presence', 'room:1')).toMatchObject({
        members: expect.arrayContaining([{ userId: 'visitor', connections: 1, info: { name: 'VISITOR' } }]),
      });
      visitor.webSocket.close();
      expect(await next()).toMatchObject({ ...ofVisitor, metadata: { kind: 'leave' } });
    },
  },
];
