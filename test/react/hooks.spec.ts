import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../../libs/client/src/index.js';
import { SkreaverProvider } from '../../libs/react/src/index.js';
import type { TestApp } from '../support/test-app.js';
// @ts-expect-error -- of the page, which is no TypeScript
import { Everything } from './everything.js';
import { PREACT, REACT_18, bundled, launch, open, serve } from './react-page.js';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

/** Runs an expression in the page. */
const run = <T>(page: Page, expression: string): Promise<T> => page.evaluate(expression);
const mount = (page: Page, name: string, props: object = {}): Promise<void> =>
  run(page, `page.mount(${JSON.stringify(name)}, ${JSON.stringify(props)})`);
async function shows(page: Page, text: string): Promise<void> {
  await expect.poll(() => page.locator('#app').innerText()).toContain(text);
}
const click = (page: Page, name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();
const sent = (page: Page, what: string): Promise<number> =>
  run(page, `page.done.frames.filter(([direction, { type, data }]) => direction === 'out' && (${what})).length`);
const subscribers = (app: TestApp): number =>
  app.subscriptions.channels().find(({ channel }) => channel === 'news')?.subscribers ?? 0;

const IDLE = { connection: 'idle', subscription: 'idle', channel: 0, members: 0 };
const REST = { request: false, stream: 'idle', questions: 0 };

describe.each([
  ['React', '19.', {}],
  ['React 18.2', '18.2.', REACT_18],
  // Preact says it is a React.
  ['Preact', '19.', PREACT],
])('the hooks in a browser, with %s', (_library, version, options) => {
  let script: string;
  beforeAll(async () => {
    script = await bundled('page.js', options);
  });

  it('subscribe once for any number of components, and leave after the last one', async () => {
    const app = await serve(script);
    const { page, said } = await open(browser, app.httpUrl);
    expect(await run<string>(page, 'page.version')).toContain(version);
    await mount(page, 'Listener', { count: 50 });
    await expect.poll(() => page.getByText('subscribed').count()).toBe(50);
    // At once, as the channel is kept for 250 ms.
    await run(page, `page.unmount(); page.mount('Reader', { count: 50 })`);
    await expect.poll(() => page.getByText('subscribed 0').count()).toBe(50);
    await app.subscriptions.broadcast('news', 1);
    await expect.poll(() => page.getByText('subscribed 1').count()).toBe(50);
    expect(await sent(page, `type === 'subscribe'`)).toBe(1);
    expect(await sent(page, `type === 'unsubscribe'`)).toBe(0);
    await run(page, `page.unmount()`);
    await expect.poll(() => subscribers(app)).toBe(0);
    expect(said).toEqual([]);
  });

  it('take over what a server rendered, without a warning', async () => {
    const server = createClient({ url: 'ws://nowhere' });
    const html = renderToString(
      createElement(SkreaverProvider, { client: server }, createElement(Everything as () => null)),
    );
    expect(html).toContain('idle');
    const app = await serve(script, html);
    const { page, said } = await open(browser, app.httpUrl);
    expect(await page.locator('#app').innerText()).toBe(JSON.stringify({ ...IDLE, ...REST }));
    await run(page, `globalThis.before = document.querySelector('#app p')`);
    await run(page, 'page.hydrate()');
    await shows(
      page,
      JSON.stringify({ connection: 'connected', subscription: 'subscribed', channel: 0, members: 1, ...REST }),
    );
    // The same element: it was not thrown away.
    expect(await run(page, 'before.isConnected')).toBe(true);
    expect(await run(page, 'page.done.recovered')).toEqual([]);
    expect(said).toEqual([]);
  });

  it('leave nothing behind after 1,000 mounts and unmounts', async () => {
    const app = await serve(script);
    const { page, said } = await open(browser, app.httpUrl);
    await run(page, 'page.client.ready()');
    await run(page, 'page.churn(1000)');
    expect(await run(page, 'page.done.subscriptions.length')).toBeGreaterThanOrEqual(250);
    await expect.poll(() => run(page, '[page.done.listeners, page.open()]')).toEqual([0, 0]);
    await expect.poll(() => app.subscriptions.channels()).toEqual([]);
    expect(said).toEqual([]);
  });

  it('show who is there', async () => {
    const app = await serve(script);
    const { page } = await open(browser, app.httpUrl);
    await mount(page, 'Members', { count: 2 });
    await shows(page, '["alice"]');
    const bob = await app.connect('?token=bob');
    await bob.subscribe('news');
    await shows(page, '["alice","bob"]');
    bob.webSocket.close();
    await expect.poll(() => page.locator('#app').innerText()).not.toContain('bob');
    expect(await sent(page, `type === 'request' && data.method === 'presence'`)).toBe(1);
  });

  it('call a method, and cancel the call when the component goes', async () => {
    const app = await serve(script);
    const { page, said } = await open(browser, app.httpUrl);
    await mount(page, 'Request', { method: 'double' });
    await shows(page, '{"isPending":false}');
    await click(page, 'Run');
    await shows(page, '{"data":42,"isPending":false}');
    await run(page, 'page.unmount()');
    await mount(page, 'Request', { method: 'forever' });
    await click(page, 'Run');
    await shows(page, '{"isPending":true}');
    await run(page, 'page.unmount()');
    const cancelled = `page.done.frames.some(([, { type, data }]) => type === 'response' && data.status === 'cancelled')`;
    await expect.poll(() => run(page, cancelled)).toBe(true);
    expect(said).toEqual([]);
  });

  it('show a stream as it comes, and cancel it', async () => {
    const app = await serve(script);
    const { page, said } = await open(browser, app.httpUrl);
    await mount(page, 'Stream');
    await click(page, 'Start');
    await shows(page, '{"status":"done","chunks":5,"text":"0 1 2 3 4 ","result":{"words":5}}');
    await click(page, 'Start endless');
    await shows(page, '"text":"0 1 2 3 4 5 6 7');
    await click(page, 'Cancel');
    await shows(page, '"status":"cancelled"');
    const cancelled = `page.done.frames.some(([, { type, data }]) => type === 'response' && data.status === 'cancelled')`;
    await expect.poll(() => run(page, cancelled)).toBe(true);
    expect(said).toEqual([]);
  });

  it('show the questions of the server, and answer them', async () => {
    const app = await serve(script);
    const { page } = await open(browser, app.httpUrl);
    await mount(page, 'Questions');
    await run(page, 'page.client.ready()');
    const asked = app.subscriptions.ask({ user: 'alice' }, 'billing', { timeout: 20_000 });
    await click(page, 'Approve billing');
    await expect(asked).resolves.toEqual({ approved: 'billing' });
    await expect.poll(() => page.locator('#app').innerText()).toBe('');
  });
});

/** 1,000 a second. */
const EVENTS = 3_000;

async function flooded(script: string, coalesce: string) {
  const app = await serve(script);
  const { page } = await open(browser, app.httpUrl);
  await mount(page, 'Flood', { coalesce, strict: false });
  await shows(page, 'subscribed');
  await run(page, 'page.done.renders.length = 0');
  const startedAt = performance.now();
  let events = 0;
  while (events < EVENTS) {
    // As many as are due, one message each.
    const due = Math.min(EVENTS, performance.now() - startedAt);
    for (; events < due; events += 1) await app.subscriptions.broadcast('news', events);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await shows(page, `subscribed ${events}`);
  const renders = await run<number[]>(page, 'page.done.renders');
  const seconds = ((renders.at(-1) ?? 0) - (renders[0] ?? 0)) / 1000;
  console.log(`${coalesce}: ${events} events, ${renders.length} renders in ${seconds.toFixed(2)} s`);
  return { renders: renders.length, seconds };
}

it('renders at most 60 times a second, however many events come', async () => {
  const script = await bundled('page.js');
  const frame = await flooded(script, 'frame');
  const none = await flooded(script, 'none');
  // The first frame counts, and those of a browser are not exactly as long as they should be.
  expect(frame.renders).toBeLessThanOrEqual(1 + 60 * frame.seconds * 1.02);
  expect(none.renders).toBeGreaterThan(2 * frame.renders);
});
