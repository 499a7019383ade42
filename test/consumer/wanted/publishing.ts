import { once } from 'node:events';
import { expect } from 'vitest';
import { resultOf } from './answers.js';
import type { Wanted } from './wanted.js';

export const publishing: readonly Wanted[] = [
  {
    thing: '`broadcast` with metadata of your own',
    check: async (app) => {
      const client = await app.subscribed('reader', 'broadcast');
      await app.call('broadcast', 'broadcast', { n: 1 }, { metadata: { trace: 't-1' } });
      expect(await client.next('event')).toMatchObject({ data: { n: 1 }, metadata: { app: { trace: 't-1' } } });
    },
  },
  {
    thing: '`broadcastMany`',
    check: async (app) => {
      const client = await app.subscribed('reader', 'many');
      await app.call('broadcastMany', [
        { channel: 'many', data: 1 },
        { channel: 'many', data: 2 },
      ]);
      expect([(await client.next('event')).data, (await client.next('event')).data]).toEqual([1, 2]);
    },
  },
  {
    thing: '`broadcastTo`',
    check: async (app) => {
      const client = await app.subscribed('reader', 'to:1', 'to:2');
      await app.call('broadcastTo', ['to:1', 'to:2'], 'both');
      const events = [await client.next('event'), await client.next('event')];
      expect(events.map(({ metadata }) => metadata.channel).toSorted()).toEqual(['to:1', 'to:2']);
    },
  },
  {
    thing: '`sendToAll`',
    check: async (app) => {
      const clients = [await app.connect('all-1'), await app.connect('all-2')];
      await app.call('sendToAll', 'to everybody');
      for (const client of clients) expect((await client.next('event')).data).toBe('to everybody');
    },
  },
  {
    thing: '`sendToUser`',
    check: async (app) => {
      const clients = [await app.connect('receiver'), await app.connect('receiver')];
      expect(await app.call('sendToUser', 'receiver', 'to you')).toMatchObject({ delivered: 2 });
      for (const client of clients) expect((await client.next('event')).data).toBe('to you');
    },
  },
  {
    thing: '`sendToConnection`',
    check: async (app) => {
      const [one, other] = [await app.identified('two-tabs'), await app.identified('two-tabs')];
      await app.call('sendToConnection', one.connectionId, 'to one tab');
      await app.call('sendToUser', 'two-tabs', 'to both tabs');
      expect((await one.client.next('event')).data).toBe('to one tab');
      expect((await other.client.next('event')).data).toBe('to both tabs');
    },
  },
  {
    thing: '`except` a user',
    check: async (app) => {
      const [sender, other] = [await app.subscribed('sender', 'except'), await app.subscribed('other', 'except')];
      await app.call('broadcast', 'except', 'for others', { except: { userId: 'sender' } });
      await app.call('broadcast', 'except', 'for all');
      expect((await other.next('event')).data).toBe('for others');
      expect((await sender.next('event')).data).toBe('for all');
    },
  },
  {
    thing: '`except` a connection',
    check: async (app) => {
      const [sender, other] = [await app.identified('except-tabs'), await app.identified('except-tabs')];
      for (const { client } of [sender, other]) await client.subscribe('except-connection');
      const except = { connectionId: sender.connectionId };
      await app.call('broadcast', 'except-connection', 'for other tabs', { except });
      await app.call('broadcast', 'except-connection', 'for all');
      expect((await other.client.next('event')).data).toBe('for other tabs');
      expect((await sender.client.next('event')).data).toBe('for all');
    },
  },
  {
    thing: '`idempotencyKey`',
    check: async (app) => {
      const client = await app.subscribed('once', 'history:once');
      const publish = (): Promise<unknown> =>
        app.call('broadcast', 'history:once', 'paid', { idempotencyKey: 'order-7' });
      expect(await publish()).toMatchObject({ offset: 1 });
      expect(await publish()).toMatchObject({ offset: 1, duplicate: true });
      await client.settle();
      expect(client.received.filter(({ type }) => type === 'event')).toHaveLength(1);
    },
  },
  {
    thing: '`RawJson`, which keeps each digit',
    check: async (app) => {
      const client = await app.subscribed('raw', 'raw');
      const frame = once(client.webSocket, 'message') as Promise<[Buffer]>;
      const publisher = await app.connect('raw-publisher');
      await resultOf(publisher, 'publish-raw', { channel: 'raw', json: '{"id":12345678901234567890}' });
      expect((await frame).toString()).toContain('"data":{"id":12345678901234567890}');
    },
  },
  {
    thing: '`from`, which no client can forge',
    check: async (app) => {
      const [reader, writer] = [await app.subscribed('reader', 'chat:from'), await app.connect('mallory')];
      const forged = { channel: 'chat:from', data: 'hi', from: { user_id: 'alice' }, metadata: { from: 'alice' } };
      await writer.request('publish', forged);
      await writer.request('publish', { channel: 'chat:from', data: 'hi' });
      expect((await reader.next('event')).metadata).toMatchObject({ from: { user_id: 'mallory' } });
      expect(JSON.stringify(reader.received)).not.toContain('alice');
    },
  },
];
