import { once } from 'node:events';
import { CloseCode } from '@skreaver/protocol';
import { expect } from 'vitest';
import { resultOf } from './answers.js';
import type { Wanted } from './wanted.js';

export const connections: readonly Wanted[] = [
  {
    thing: '`connection.data`',
    check: async (app) => {
      const client = await app.connect('data');
      expect([await resultOf(client, 'count'), await resultOf(client, 'count')]).toEqual([1, 2]);
      expect(await resultOf(await app.connect('data'), 'count')).toBe(1);
    },
  },
  {
    thing: '`connection.handshake`, without secrets',
    check: async (app) => {
      const headers = { 'X-Trace': 'trace-1', Authorization: 'Bearer secret-1', Cookie: 'a=secret-2' };
      const client = await app.open('?token=token-of-handshake&tenant=7', { headers });
      const handshake = await resultOf(client, 'handshake');
      expect(handshake).toMatchObject({ query: { tenant: '7' }, headers: { 'x-trace': 'trace-1' } });
      expect(JSON.stringify(handshake)).not.toMatch(/secret|token-of/);
    },
  },
  {
    thing: '`@CurrentConnection`, `@CurrentIdentity`, `@RequestMetadata`',
    check: async (app) => {
      const client = await app.connect('who');
      const answer = await client.ask({
        type: 'request',
        data: { method: 'who' },
        metadata: { trace: 't-1' },
      });
      expect(answer.data).toMatchObject({ result: { connection: 'who', identity: 'who', trace: 't-1' } });
    },
  },
  {
    thing: '`maxConnectionsPerUser`',
    check: async (app) => {
      for (let count = 0; count < 3; count += 1) await app.connect('limited');
      await expect(app.open('?token=token-of-limited')).rejects.toThrow('429');
      await app.connect('another');
    },
  },
  {
    thing: 'the newest connection of a user in place of the oldest',
    check: async (app) => {
      const replacing = await app.another('--close-oldest');
      const oldest = await replacing.connect('moving');
      for (let count = 0; count < 3; count += 1) await replacing.connect('moving');
      expect((await oldest.closed).code).toBe(CloseCode.ForcedDisconnect);
    },
  },
  {
    thing: '`ConnectionRegistry`: connections of a user, and their end',
    check: async (app) => {
      const { client, connectionId } = await app.identified('registered');
      await client.subscribe('registry:1');
      expect(await resultOf(client, 'own-connections')).toEqual([{ id: connectionId, subscriptions: ['registry:1'] }]);
      expect(await resultOf(await app.connect('registrar'), 'disconnect', { id: connectionId })).toBe(true);
      expect((await client.closed).code).toBe(CloseCode.ForcedDisconnect);
    },
  },
  {
    thing: 'heartbeats by ping frames',
    check: async (app) => {
      const pinging = await app.another('--fast-heartbeat');
      const client = await pinging.open('?token=token-of-framed&heartbeat=frame');
      for (const _ of [1, 2]) await once(client.webSocket, 'ping');
      expect(client.received.filter(({ type }) => type === 'ping')).toEqual([]);
    },
  },
  {
    thing: '`disconnectUser`',
    check: async (app) => {
      const client = await app.connect('blocked');
      expect(await app.call('disconnectUser', 'blocked')).toBe(1);
      expect((await client.closed).code).toBe(CloseCode.ForcedDisconnect);
    },
  },
];
