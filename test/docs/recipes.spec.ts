import { readFileSync } from 'node:fs';
import { CloseCode } from '@skreaver/protocol';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { freePort } from '../support/free-port.js';
import { startApp } from '../support/test-app.js';
import { CuttingProxy } from '../torture/cutting-proxy.js';
import { RecipeSite } from './recipes/recipe-page.js';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

const CHANNEL = 'agent-updates';
const PATIENCE = { timeout: 20_000, interval: 20 };
/** Above the longest backoff of the recipes. */
const LONG_MS = 31_000;
const HINT_MS = 60_000;

let site: RecipeSite;
beforeAll(async () => {
  site = await RecipeSite.serve();
});
afterAll(() => site.close());

describe('the recipes of the guide', () => {
  it.each(['reconnect', 'reconnecting-websocket', 'rxjs', 'vueuse', 'react-use-websocket'])(
    'are the ones that are tested here: %s',
    (name) => {
      expect(read('../../docs/guide/recipes.md')).toContain(
        `\`\`\`js\n// ${name}.js\n${read(`./recipes/${name}.js`)}\`\`\``,
      );
    },
  );

  it('are the same for partysocket but for the import', () => {
    const [line] = /^import .* from 'partysocket';$/m.exec(read('./recipes/partysocket.js')) ?? [''];
    expect(read('../../docs/guide/recipes.md')).toContain(`\`\`\`js\n${line}\n\`\`\``);
    const other = "import ReconnectingWebSocket from 'reconnecting-websocket';";
    expect(read('./recipes/partysocket.js')).toBe(read('./recipes/reconnecting-websocket.js').replace(other, line));
  });
});

async function started(recipe: string) {
  const app = await startApp({ allowedOrigins: [site.origin] });
  const proxy = await CuttingProxy.start(app.port);
  onTestFinished(() => proxy.close());
  const page = await site.show(recipe, `ws://localhost:${proxy.port}/ws`);
  /** Lets as much time pass in the page as it needs. */
  const isSubscribed = async () => {
    const channels = async () => {
      await page.pass(1);
      return app.subscriptions.channels();
    };
    await expect.poll(channels, PATIENCE).toMatchObject([{ channel: CHANNEL }]);
  };
  const publish = (...texts: string[]) =>
    app.subscriptions.broadcastMany(texts.map((data) => ({ channel: CHANNEL, data })));
  const hears = async (...texts: string[]) => {
    await expect.poll(() => page.heard(), PATIENCE).toEqual(texts);
  };
  const end = async (code: CloseCode, retryAfterMs?: number) => {
    app.registry.list().forEach(({ id }) => void app.registry.disconnect(id, code, retryAfterMs));
    await expect.poll(() => page.ended(), PATIENCE).toBe(1);
  };
  await isSubscribed();
  return { app, proxy, page, isSubscribed, publish, hears, end };
}

describe.each(['reconnecting-websocket', 'partysocket', 'rxjs', 'VueUse', 'react-use-websocket'])(
  'the recipe for %s',
  (recipe) => {
    it('hears every event of a burst, and again after it has reconnected', async () => {
      const { page, isSubscribed, publish, hears, end } = await started(recipe);
      await publish('one', 'two', 'three');
      await hears('one', 'two', 'three');
      await end(CloseCode.Reconnect);
      await page.opens(2, LONG_MS);
      await isSubscribed();
      await publish('four');
      await hears('one', 'two', 'three', 'four');
    });

    it('waits for as long as the server asks', async () => {
      const { page, isSubscribed, end } = await started(recipe);
      await end(CloseCode.ServiceRestart, HINT_MS);
      await page.pass(HINT_MS - 1);
      expect(await page.opened()).toBe(1);
      await page.opens(2, LONG_MS);
      await isSubscribed();
    });

    it.each([CloseCode.Normal, CloseCode.GoingAway])('comes back after %i, which it did not send', async (code) => {
      const { page, isSubscribed, end } = await started(recipe);
      await end(code);
      await page.opens(2, LONG_MS);
      await isSubscribed();
    });

    it.each([CloseCode.InvalidPayload, CloseCode.PermissionDenied])('does not come back after %i', async (code) => {
      const { page, end } = await started(recipe);
      await end(code);
      await page.pass(10 * LONG_MS);
      expect(await page.opened()).toBe(1);
    });

    it('comes back after its connection was cut and another was refused', async () => {
      const { app, proxy, page, isSubscribed } = await started(recipe);
      proxy.target = await freePort();
      proxy.cutAfter(1, 'reset');
      await app.subscriptions.broadcast(CHANNEL, 'cut');
      await expect.poll(() => page.ended(), PATIENCE).toBe(1);
      await page.opens(2, LONG_MS);
      await expect.poll(() => page.ended(), PATIENCE).toBe(2);
      proxy.target = app.port;
      await page.opens(3, LONG_MS);
      await isSubscribed();
    });
  },
);

describe.each([
  ['VueUse', 10_000],
  ['react-use-websocket', 14_000], // looks every 3 s
])('the heartbeat of the recipe for %s', (recipe, noticesWithinMs) => {
  const INTERVAL_MS = 30_000;
  const ping = '{"type":"ping"}';
  const pong = '{"type":"pong"}';

  it('is answered, and the connection stays', async () => {
    const { page, publish, hears, app } = await started(recipe);
    for (let beats = 1; beats <= 8; beats += 1) {
      await page.sends(ping, beats, INTERVAL_MS + 3000);
      await expect.poll(() => page.received(pong), PATIENCE).toBe(beats);
    }
    await publish('still here');
    await hears('still here');
    expect(await page.opened()).toBe(1);
    expect(app.log.of('connection closed')).toEqual([]);
  });

  it('notices a connection that has gone silent', async () => {
    const { page, proxy, app, isSubscribed } = await started(recipe);
    proxy.cutAfter(1, 'stall');
    await app.subscriptions.broadcast(CHANNEL, 'unheard');
    await page.sends(ping, 1, INTERVAL_MS + 3000);
    await page.pass(noticesWithinMs);
    // On a busy machine the page may have given up on further connections meanwhile.
    expect(await page.closing()).toBeGreaterThanOrEqual(1);
    proxy.release();
    await expect.poll(() => page.ended(), PATIENCE).toBeGreaterThanOrEqual(1);
    await page.opens(2, LONG_MS);
    await isSubscribed();
  });
});

describe('the default heartbeat of VueUse and react-use-websocket', () => {
  it('is answered with the message to send instead, and closes the connection when it is sent each second', async () => {
    const { connect } = await startApp();
    const client = await connect();
    client.send('ping');
    expect((await client.next('error')).data).toMatchObject({
      code: 'INVALID_MESSAGE',
      message: expect.stringContaining('{"type":"ping"}'),
    });
    for (let sent = 1; sent < 10; sent += 1) client.send('ping');
    expect((await client.closed).code).toBe(CloseCode.InvalidMessage);
  });
});
