import { CloseCode } from '@skreaver/protocol';
import { expect } from 'vitest';
import type { Wanted } from './wanted.js';

export const hooks: readonly Wanted[] = [
  {
    thing: '`@OnConnect`',
    check: async (app) => {
      const watcher = await app.subscribed('watcher', 'hooks:connect-hooked');
      await app.connect('connect-hooked');
      expect(await watcher.next('event')).toMatchObject({ data: { hook: 'connect' } });
    },
  },
  {
    thing: '`@OnSubscribe` and `@OnUnsubscribe`',
    check: async (app) => {
      const watcher = await app.subscribed('watcher', 'hooks:subscribe-hooked');
      const client = await app.subscribed('subscribe-hooked', 'news');
      client.send({ type: 'unsubscribe', data: { channels: ['news'] } });
      expect((await watcher.next('event')).data).toEqual({ hook: 'connect' });
      expect((await watcher.next('event')).data).toEqual({ hook: 'subscribe', channel: 'news' });
      expect((await watcher.next('event')).data).toEqual({ hook: 'unsubscribe', channel: 'news' });
    },
  },
  {
    thing: '`@OnDisconnect` with the close code',
    check: async (app) => {
      const watcher = await app.subscribed('watcher', 'hooks:disconnect-hooked');
      (await app.connect('disconnect-hooked')).webSocket.close(CloseCode.Normal);
      expect((await watcher.next('event')).data).toEqual({ hook: 'connect' });
      expect((await watcher.next('event')).data).toEqual({ hook: 'disconnect', code: CloseCode.Normal });
    },
  },
];
