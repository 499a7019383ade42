import { expect } from 'vitest';
import { errorOf } from './answers.js';
import type { Wanted } from './wanted.js';

export const permissions: readonly Wanted[] = [
  {
    thing: 'own fields of the identity, such as roles, in `checkPermission`',
    check: async (app) => {
      expect((await (await app.connect('admin')).subscribe('admin:1')).data).toMatchObject({ success: true });
      expect((await (await app.connect('nobody')).subscribe('admin:1')).data).toMatchObject({
        failed: [{ code: 'PERMISSION_DENIED' }],
      });
    },
  },
  {
    thing: '`actions` that refuse what is not listed',
    check: async (app) => {
      const readOnly = await app.another('--subscribe-only');
      const client = await readOnly.connect('reader');
      expect((await client.subscribe('chat:1')).data).toMatchObject({ success: true });
      expect(await errorOf(client, 'publish', { channel: 'chat:1', data: 1 })).toMatchObject({
        code: 'PERMISSION_DENIED',
      });
    },
  },
  {
    thing: '`revoke`',
    check: async (app) => {
      const client = await app.subscribed('revoked', 'news');
      expect(await app.call('revoke', 'revoked', 'news')).toBe(1);
      expect((await client.next('unsubscribe_response')).data).toMatchObject({
        unsubscribed: ['news'],
        reason: 'PERMISSION_DENIED',
      });
    },
  },
  {
    thing: '`defaultChannels`',
    check: async (app) => {
      const client = await app.connect('default-channels');
      expect((await client.next('subscribe_response')).data).toMatchObject({ subscribed: ['announcements'] });
    },
  },
];
