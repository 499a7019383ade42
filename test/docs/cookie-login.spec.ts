import { readFileSync } from 'node:fs';
import { Module } from '@nestjs/common';
import { chromium } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CHROMIUM, CHROMIUM_FLAGS } from '../support/chromium.js';
import { startApp } from '../support/test-app.js';
import { refusalOf } from '../support/refusal-of.js';
import { CookieAuthHandler, LoginController, Sessions } from './snippets/cookie-login.js';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

@Module({ providers: [Sessions], exports: [Sessions] })
class SessionsModule {}

const OPTIONS = {
  imports: [SessionsModule],
  authHandler: { useClass: CookieAuthHandler },
  tokenSources: ['cookie:__Host-session' as const],
};

/** Run in a page: opens a socket, and tells as whom. */
function openSocket(url: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url);
    socket.addEventListener('open', () => socket.send('{"type":"subscribe","data":{"channels":["user:alice"]}}'));
    socket.addEventListener('message', ({ data }) => {
      const message = JSON.parse(data as string) as { type: string; data: { user_id?: string } };
      if (message.type === 'auth_response') resolve(message.data.user_id ?? 'nobody');
      if (message.type === 'error') resolve('open without an identity');
    });
    socket.addEventListener('close', () => resolve('refused'));
  });
}

async function browser() {
  const chrome = await chromium.launch({ executablePath: CHROMIUM, args: CHROMIUM_FLAGS });
  onTestFinished(() => chrome.close());
  const context = await chrome.newContext();
  const pageOf = async (url: string) => {
    const page = await context.newPage();
    await page.goto(url);
    return page;
  };
  return { pageOf };
}

const start = () =>
  startApp(
    { ...OPTIONS, allowedOrigins: ['https://app.example.com'] },
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

  it('works in Chromium: the page logs in, and its WebSocket needs nothing else', async () => {
    const app = await startApp(OPTIONS, { imports: [SessionsModule], controllers: [LoginController] });
    const { pageOf } = await browser();
    const home = await pageOf(`http://localhost:${app.port}/`);
    expect(await home.evaluate(openSocket, `ws://localhost:${app.port}/ws`)).toBe('open without an identity');
    const status = await home.evaluate(async () => {
      const body = JSON.stringify({ user: 'alice', password: 'password of alice' });
      const headers = { 'content-type': 'application/json' };
      return (await fetch('/login', { method: 'POST', headers, body })).status;
    });
    expect(status).toBe(201);
    expect(await home.evaluate(openSocket, `ws://localhost:${app.port}/ws`)).toBe('alice');
    // Another site, of the same browser.
    const foreign = await pageOf(`http://127.0.0.1:${app.port}/`);
    expect(await foreign.evaluate(openSocket, `ws://localhost:${app.port}/ws`)).toBe('refused');
    expect(app.log.of('connection refused')).toMatchObject([{ status: 403 }]);
  });
});
