import type { Server as HttpServer } from 'node:http';
import type { Socket } from 'node:net';
import { readFileSync } from 'node:fs';
import type { Server } from 'socket.io';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type TestApp, startApp, testAuth } from '../support/test-app.js';
import * as after from './snippets/migration/chat-after.js';
import { Rooms } from './snippets/migration/both-servers.js';
import * as before from './snippets/migration/chat-before.js';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const CHANNELS = { 'room:*': { history: { size: 100, ttl: 60_000 } } };

/** Both servers on one port, as during a migration. */
async function served() {
  const sockets = new Set<Socket>();
  const app = await startApp(
    { ...testAuth, channels: CHANNELS, reconnectWindow: 300 },
    { providers: [Rooms] },
    {
      prepare(host) {
        const http = host.getHttpServer() as HttpServer;
        http.on('connection', (socket) => sockets.add(socket));
        host.get(Rooms).serveSocketIo(http, (token) => token === 'token-alice');
      },
    },
  );
  const cut = (): void => sockets.forEach((socket) => socket.resetAndDestroy());
  return { app, cut };
}

type Chat = ReturnType<typeof before.openChat> | ReturnType<typeof after.openChat>;

/** The application's page, as both clients see it. */
async function opened({ app }: { readonly app: TestApp }, { openChat }: typeof before | typeof after) {
  // Browsers have one, and Node from 22.
  vi.stubGlobal('WebSocket', WebSocket);
  onTestFinished(() => void vi.unstubAllGlobals());
  const texts: string[] = [];
  const connected: boolean[] = [];
  const chat: Chat = openChat(app.httpUrl, () => Promise.resolve('token-alice'), {
    show: (text) => texts.push(text),
    connected: (isConnected) => connected.push(isConnected),
    approve: (question) => Promise.resolve(question === 'deploy?'),
  });
  onTestFinished(() => void chat.close());
  // It has joined once it hears itself.
  await expect
    .poll(async () => {
      await chat.say('hello');
      return texts.length;
    })
    .toBeGreaterThan(0);
  return { chat, texts, connected };
}

describe('the chat of the guide', () => {
  it.each(['chat-before', 'chat-after', 'both-servers'])('is the one that is tested here: %s', (name) => {
    const guide = read('../../docs/guide/migrating-from-socket-io.md');
    expect(guide).toContain(`\`\`\`ts\n${read(`./snippets/migration/${name}.ts`)}\`\`\``);
  });

  it.each([
    ['Socket.IO', before],
    ['the client', after],
  ])('says, shows and counts by %s', async (_library, module) => {
    const { chat, texts } = await opened(await served(), module);
    const already = await chat.count();
    await chat.say('how are you?');
    await expect.poll(() => texts.at(-1)).toBe('how are you?');
    expect(await chat.count()).toBe(already + 1);
  });

  it('reaches the clients of both libraries while the page moves from one to the other', async () => {
    const server = await served();
    const old = await opened(server, before);
    const moved = await opened(server, after);
    await old.chat.say('old');
    await moved.chat.say('moved');
    await expect.poll(() => old.texts.slice(-2)).toEqual(['old', 'moved']);
    await expect.poll(() => moved.texts.slice(-2)).toEqual(['old', 'moved']);
  });

  it('answers questions of the server', async () => {
    const { app, ...server } = await served();
    await opened({ app, ...server }, after);
    await expect(app.subscriptions.ask({ user: 'alice' }, 'deploy?')).resolves.toBe(true);
    await opened({ app, ...server }, before);
    await expect((app.app.get(Rooms).io as Server).timeout(5_000).emitWithAck('approve', 'deploy?')).resolves.toEqual([
      true,
    ]);
  });

  it('shows what was said while the connection was lost, by the client alone', async () => {
    const server = await served();
    const old = await opened(server, before);
    const moved = await opened(server, after);
    server.cut();
    await expect.poll(() => [old.connected.at(-1), moved.connected.at(-1)]).toEqual([false, false]);
    await server.app.app.get(Rooms).say('missed');
    await expect.poll(() => moved.texts.at(-1)).toBe('missed');
    await expect.poll(() => old.connected.at(-1)).toBe(true);
    await expect
      .poll(async () => {
        await moved.chat.say('after');
        return old.texts.at(-1);
      })
      .toBe('after');
    expect(old.texts).not.toContain('missed');
    expect(moved.texts.filter((text) => text === 'missed')).toHaveLength(1);
  });
});
