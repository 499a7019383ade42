import { CloseCode } from '@skreaver/protocol';
import { expect } from 'vitest';
import { errorOf, resultOf } from './answers.js';
import type { Wanted } from './wanted.js';

export const requests: readonly Wanted[] = [
  {
    thing: '`ask`, answered by an `ack`',
    check: async (app) => {
      const client = await app.connect('asked');
      const answer = app.call('ask', { user: 'asked' }, { question: 'Deploy?' }, { timeout: 5000 });
      const { data, correlation_id } = await client.next('event');
      expect(data).toEqual({ question: 'Deploy?' });
      client.send({ type: 'ack', correlation_id, data: { approved: true } });
      expect(await answer).toEqual({ approved: true });
    },
  },
  {
    thing: 'a streamed response',
    check: async (app) => {
      const client = await app.connect('streaming');
      client.send({ type: 'request', correlation_id: 's', data: { method: 'words' } });
      const responses = [await client.next('response'), await client.next('response'), await client.next('response')];
      expect(responses.map(({ data }) => data)).toMatchObject([
        { status: 'pending', result: 'one' },
        { status: 'pending', result: 'two' },
        { status: 'success', result: { words: 2 } },
      ]);
    },
  },
  {
    thing: '`cancel` and `@RequestSignal`',
    check: async (app) => {
      const client = await app.subscribed('cancelling', 'cancelled');
      client.send({ type: 'request', correlation_id: 'f', data: { method: 'forever' } });
      await client.next('response');
      expect(await resultOf(client, 'cancel', { correlation_id: 'f' })).toEqual({ cancelled: true });
      expect((await client.next('event')).data).toBe('forever');
    },
  },
  {
    thing: '`outlivesConnection`',
    check: async (app) => {
      const watcher = await app.subscribed('watcher', 'outlived', 'hooks:outlived-hooked');
      const client = await app.connect('outlived-hooked');
      expect((await watcher.next('event')).data).toEqual({ hook: 'connect' });
      client.send({ type: 'request', data: { method: 'outlive' } });
      await client.settle();
      client.webSocket.close(CloseCode.Normal);
      expect((await watcher.next('event')).data).toMatchObject({ hook: 'disconnect' });
      await resultOf(watcher, 'release');
      expect((await watcher.next('event')).data).toEqual({ aborted: false });
    },
  },
  {
    thing: 'guards',
    check: async (app) => {
      expect(await errorOf(await app.connect('guarded'), 'guarded')).toMatchObject({ code: 'PERMISSION_DENIED' });
    },
  },
  {
    thing: 'pipes, with a DTO',
    check: async (app) => {
      const client = await app.connect('piped');
      expect(await resultOf(client, 'name', { name: 'scout' })).toBe('scout');
      expect(await errorOf(client, 'name', { name: 'x' })).toMatchObject({ code: 'INVALID_PARAMS' });
    },
  },
  {
    thing: 'interceptors',
    check: async (app) => {
      expect(await resultOf(await app.connect('intercepted'), 'wrapped')).toEqual({ wrapped: 'plain' });
    },
  },
  {
    thing: '`@UseFilters`',
    check: async (app) => {
      expect(await errorOf(await app.connect('filtered'), 'overdraw')).toMatchObject({
        code: 'INVALID_PARAMS',
        message: 'The account is overdrawn.',
      });
    },
  },
  {
    thing: 'request-scoped providers',
    check: async (app) => {
      const client = await app.connect('scoped');
      for (const _ of [1, 2]) expect(await resultOf(client, 'scoped')).toEqual({ user: 'scoped', calls: 1 });
    },
  },
  {
    thing: '`currentRequest`, also in a stream',
    check: async (app) => {
      const client = await app.connect('current');
      client.send({ type: 'request', data: { method: 'by-current-request' }, metadata: { trace: 't-9' } });
      expect((await client.next('response')).data).toMatchObject({ status: 'pending', result: 'current' });
      expect((await client.next('response')).data).toMatchObject({ status: 'pending', result: 't-9' });
    },
  },
  {
    thing: '`nestjs-cls`, also in a stream',
    check: async (app) => {
      const clients = [await app.connect('cls-one'), await app.connect('cls-other')];
      for (const client of clients) client.send({ type: 'request', data: { method: 'by-cls' } });
      for (const [at, user] of ['cls-one', 'cls-other'].entries()) {
        for (const _ of [1, 2]) {
          expect((await clients[at]?.next('response'))?.data).toMatchObject({ status: 'pending', result: user });
        }
      }
    },
  },
  {
    thing: 'lazily loaded modules',
    check: async (app) => {
      const client = await app.connect('lazy');
      expect(await errorOf(client, 'lazy')).toMatchObject({ code: 'METHOD_NOT_FOUND' });
      await resultOf(client, 'load');
      expect(await resultOf(client, 'lazy')).toBe('loaded');
    },
  },
  {
    thing: '`RequestMethods.describe`',
    check: async (app) => {
      expect(await (await app.http('/wanted/methods')).json()).toContainEqual(
        expect.objectContaining({
          method: 'name',
          provider: 'WantedRequests',
          params: expect.objectContaining({ required: ['name'] }),
        }),
      );
    },
  },
  {
    thing: 'error codes of your own',
    check: async (app) => {
      expect(await errorOf(await app.connect('buyer'), 'buy')).toMatchObject({
        code: 'WANTED_SOLD_OUT',
        message: 'Nothing is left.',
        details: { left: 0 },
      });
    },
  },
  {
    thing: 'generics for data',
    check: async (app) => {
      expect(await resultOf(await app.connect('typed'), 'typed')).toEqual([7]);
    },
  },
  {
    thing: 'bytes by MessagePack',
    check: async (app) => {
      const client = await app.connect('packed', { protocols: ['skreaver.v1.msgpack'] });
      const bytes = new Uint8Array([0, 255, 7]);
      expect(await resultOf(client, 'bytes', { bytes })).toEqual({ length: 3, bytes });
    },
  },
];
