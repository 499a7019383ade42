import { join } from 'node:path';
import { Controller, Get, Header } from '@nestjs/common';
import type { Handshake, Identity } from '@skreaver/nestjs-ws';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { ChromiumTab } from '../../support/chromium-tab.js';
import { type TestApp, TestAuthHandler, startApp } from '../../support/test-app.js';

const EVENTS = 20;
const EVENT_MS = 100;
/** Before the client renews it, in a third of that, the page has to be stopped. */
const FIRST_TOKEN_MS = 4_000;

/** Takes `until-<time>` too, for alice. */
class EndingTokens extends TestAuthHandler {
  override authenticate(token: string, handshake: Handshake): string | Identity {
    const [, time] = /^until-(\d+)$/.exec(token) ?? [];
    return time === undefined
      ? super.authenticate(token, handshake)
      : { userId: 'alice', expiresAt: new Date(Number(time)) };
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A server with a page that follows a channel. */
async function serve(firstToken = (): string => 'token-alice'): Promise<TestApp> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'page.ts')],
    conditions: ['@skreaver/source'],
    bundle: true,
    write: false,
  });
  let token = firstToken;

  @Controller()
  class PageController {
    @Get()
    @Header('Content-Type', 'text/html')
    html(): string {
      return `<!doctype html><title>client</title><script>${outputFiles[0]?.text}</script>`;
    }

    @Get('token')
    token(): string {
      const given = token();
      token = () => 'token-alice';
      return given;
    }
  }

  const channels = { news: { history: { size: 100, ttl: 60_000 } } };
  const alive = { pingInterval: 2_000, pongTimeout: 1_900, expiryGrace: 0, reconnectWindow: 300 };
  return startApp({ authHandler: { useClass: EndingTokens }, ...alive, channels }, { controllers: [PageController] });
}

/** A page that has subscribed. */
async function opened(app: TestApp): Promise<ChromiumTab> {
  const tab = await ChromiumTab.open(`${app.httpUrl}/`);
  await expect.poll(() => app.subscriptions.channels()).toMatchObject([{ channel: 'news', subscribers: 1 }]);
  await expect.poll(() => tab.evaluate('seen.resets')).toEqual(['new']);
  return tab;
}

async function publish(app: TestApp, ...events: string[]): Promise<void> {
  for (const event of events) await app.subscriptions.broadcast('news', event);
}

it('a hidden page, whose timers have stopped, hears each event at once and answers the pings of the server', async () => {
  const app = await serve();
  const tab = await opened(app);
  const [connection] = app.registry.list();
  await tab.hide();
  await expect.poll(() => tab.evaluate('document.visibilityState')).toBe('hidden');
  await pause(1_500); // the browser's own time until it throttles
  await tab.evaluate('seen.ticks = 0');
  for (let n = 0; n < EVENTS; n += 1) {
    await app.subscriptions.broadcast('news', n);
    await pause(EVENT_MS);
  }
  expect(await tab.evaluate('seen.events')).toEqual(Array.from({ length: EVENTS }, (_, n) => n));
  expect(await tab.evaluate('seen.ticks')).toBeLessThan(EVENTS / 5);
  const latencies = await tab.evaluate<number[]>('seen.latencies');
  console.info(`a hidden page: ${EVENTS} events, each after at most ${Math.max(...latencies)} ms`);
  // A machine may do other things besides; a timer would take a minute.
  expect(Math.max(...latencies)).toBeLessThan(2_000);
  expect(app.registry.list()).toMatchObject([{ id: connection?.id }]);
  expect(await tab.evaluate('seen.states')).toEqual(['connecting', 'connected']);
});

it('a frozen page gives its connection up, and goes on where it stopped when it runs again', async () => {
  const app = await serve();
  const tab = await opened(app);
  await publish(app, 'before');
  await tab.hide();
  await tab.freeze();
  await expect.poll(() => app.registry.list()).toEqual([]);
  await publish(app, 'missed 1', 'missed 2');
  await tab.unfreeze();
  await expect.poll(() => tab.evaluate('seen.events')).toEqual(['before', 'missed 1', 'missed 2']);
  await publish(app, 'after');
  await expect.poll(() => tab.evaluate('seen.events')).toEqual(['before', 'missed 1', 'missed 2', 'after']);
  expect(await tab.evaluate('[seen.resets, seen.reasons]')).toEqual([['new'], ['connect']]);
  expect(await tab.evaluate('seen.states')).toEqual([
    'connecting',
    'connected',
    'waiting',
    'waiting',
    'connecting',
    'connected',
  ]);
});

it.each(['frozen', 'asleep'] as const)(
  'a page that was %s until its token had ended comes back with another one, and misses nothing',
  async (how) => {
    let endsAt = 0;
    const app = await serve(() => {
      endsAt = Date.now() + FIRST_TOKEN_MS;
      return `until-${endsAt}`;
    });
    const tab = await opened(app);
    await publish(app, 'before');
    await expect.poll(() => tab.evaluate('seen.events')).toEqual(['before']);
    await tab.hide();
    if (how === 'frozen') await tab.freeze();
    else tab.sleep();
    await expect.poll(() => app.registry.list()).toEqual([]);
    await publish(app, 'missed 1', 'missed 2');
    await pause(endsAt - Date.now());
    if (how === 'frozen') await tab.unfreeze();
    else tab.wake();
    await expect.poll(() => tab.evaluate('seen.events')).toEqual(['before', 'missed 1', 'missed 2']);
    await publish(app, 'after');
    await expect.poll(() => tab.evaluate('seen.events')).toEqual(['before', 'missed 1', 'missed 2', 'after']);
    expect(await tab.evaluate('seen.resets')).toEqual(['new']);
    const [first, ...later] = await tab.evaluate<string[]>('seen.reasons');
    expect(first).toBe('connect');
    // A renewal that was due in the sleep may have begun just before the loss was seen.
    expect([['expired'], ['expiring'], ['expiring', 'expired']]).toContainEqual(later);
  },
);
