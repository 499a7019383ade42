import { readFileSync } from 'node:fs';
import { Module } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { startApp } from '../support/test-app.js';
import { refusalOf } from '../support/refusal-of.js';
import { CookieAuthHandler, LoginController, Sessions } from './snippets/cookie-login.js';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

@Module({ providers: [Sessions], exports: [Sessions] })
class SessionsModule {}

const start = () =>
  startApp(
    {
      imports: [SessionsModule],
      authHandler: { useClass: CookieAuthHandler },
      tokenSources: ['cookie:__Host-session'],
      allowedOrigins: ['https://app.example.com'],
    },
    { imports: [SessionsModule], controllers: [LoginController] },
  );

async function login(httpUrl: string, password: string) {
  const body = JSON.stringify({ user: 'alice', password });
  return fetch(`${httpUrl}/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
}

describe('the login by cookie of the guide', () => {
  it('is the one that is tested here', () => {
    const [, tested = ''] = read('./snippets/cookie-login.ts').split('// The code of the guide.\n');
    expect(tested).toContain('class CookieAuthHandler');
    expect(read('../../docs/guide/connections-and-auth.md')).toContain(`\n${tested}\`\`\``);
  });

  it('lets a page of the application in as the user who logged in, and no page of a foreign site', async () => {
    const app = await start();
    expect((await login(app.httpUrl, 'guessed')).status).toBe(401);
    const [cookie = ''] = (await login(app.httpUrl, 'password of alice')).headers.getSetCookie();
    expect(cookie).toMatch(/; HttpOnly; Secure; SameSite=Strict$/);
    const headers = { cookie: cookie.slice(0, cookie.indexOf(';')) };
    const client = await app.connect('', { headers: { ...headers, origin: 'https://app.example.com' } });
    expect(await client.next('auth_response')).toMatchObject({ data: { success: true, user_id: 'alice' } });
    expect((await client.subscribe('user:alice')).data.success).toBe(true);
    expect((await refusalOf(app, '', { ...headers, origin: 'https://evil.example' })).status).toBe(403);
  });
});
