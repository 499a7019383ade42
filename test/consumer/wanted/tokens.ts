import { CloseCode } from '@skreaver/protocol';
import { expect } from 'vitest';
import type { Wanted } from './wanted.js';

export const tokens: readonly Wanted[] = [
  {
    thing: 'a token in the URL',
    check: async (app) => {
      const client = await app.open('?token=token-of-url');
      expect((await client.next('auth_response')).data).toMatchObject({ success: true, user_id: 'url' });
    },
  },
  {
    thing: 'a token in the header',
    check: async (app) => {
      const client = await app.open('', { headers: { Authorization: 'Bearer token-of-header' } });
      expect((await client.next('auth_response')).data).toMatchObject({ success: true, user_id: 'header' });
    },
  },
  {
    thing: 'a token in an `auth` message',
    check: async (app) => {
      const client = await app.open();
      const answer = await client.ask({ type: 'auth', data: { token: 'token-of-message' } });
      expect(answer.data).toMatchObject({ success: true, user_id: 'message' });
    },
  },
  {
    thing: 'a token in a subprotocol',
    check: async (app) => {
      const token = Buffer.from('token-of-protocol').toString('base64url');
      const client = await app.open('', { protocols: ['skreaver.v1', `bearer.${token}`] });
      expect((await client.next('auth_response')).data).toMatchObject({ success: true, user_id: 'protocol' });
      expect(client.webSocket.protocol).toBe('skreaver.v1');
    },
  },
  {
    thing: 'a token in a cookie, from an allowed page alone',
    check: async (app) => {
      const Cookie = 'session=token-of-cookie';
      const client = await app.open('', { headers: { Cookie, Origin: `http://127.0.0.1:${app.port}` } });
      expect((await client.next('auth_response')).data).toMatchObject({ success: true, user_id: 'cookie' });
      await expect(app.open('', { headers: { Cookie, Origin: 'http://evil.example' } })).rejects.toThrow('403');
    },
  },
  {
    thing: '`authenticateHandshake`',
    check: async (app) => {
      const client = await app.open('', { headers: { 'X-User': 'certified' } });
      expect((await client.next('auth_response')).data).toMatchObject({ success: true, user_id: 'certified' });
    },
  },
  {
    thing: 'the end of a session with 4004, and its renewal',
    check: async (app) => {
      const renewing = await app.connect('renewing-for-300ms');
      expect((await renewing.ask({ type: 'auth', data: { token: 'token-of-renewing' } })).data).toMatchObject({
        success: true,
      });
      const ending = await app.connect('ending-for-300ms');
      expect((await ending.closed).code).toBe(CloseCode.SessionExpired);
      await renewing.settle();
    },
  },
  {
    thing: '503 where tokens cannot be checked now',
    check: async (app) => {
      await expect(app.open('?token=token-of-outage')).rejects.toThrow('503');
    },
  },
  {
    thing: '431 with a sentence where a token is too long for a header',
    check: async (app) => {
      const answer = await app.refusal({ Authorization: `Bearer ${'long-token'.repeat(2000)}` });
      expect(answer).toMatchObject({ status: 431, body: { code: 'HEADERS_TOO_LARGE' } });
      expect(answer.body['message']).toMatch(/^[A-Z].*auth message.*\.$/);
    },
  },
];
