import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundled, launch, open, serve } from './react-page.js';

const read = (path: string): string => readFileSync(join(import.meta.dirname, path), 'utf8');

let browser: Browser;
let script: string;
beforeAll(async () => {
  [browser, script] = await Promise.all([launch(), bundled('snippets-page.js')]);
});
afterAll(() => browser.close());

describe('the examples of the README of the hooks', () => {
  it.each(['room', 'orders'])('are the ones that are tested here: %s', (name) => {
    expect(read('../../libs/react/README.md')).toContain(`\`\`\`tsx\n${read(`snippets/${name}.tsx`)}\`\`\``);
  });

  it('show a room, who is there, and what is said', async () => {
    const app = await serve(script);
    const { page, said } = await open(browser, `${app.httpUrl}/?app=room`);
    await page.getByText('connected, 1 here').waitFor();
    await page.getByRole('button').click();
    await page.getByText('Hello!').waitFor();
    await page.reload();
    await page.getByText('Hello!').waitFor(); // from the history
    expect(said).toEqual([]);
  });

  it('let TanStack Query fetch again with each event', async () => {
    const app = await serve(script);
    const { page, said } = await open(browser, `${app.httpUrl}/?app=orders`);
    const count = async (): Promise<number> => Number.parseInt(await page.locator('p').innerText(), 10);
    await expect.poll(() => app.subscriptions.channels()).toMatchObject([{ channel: 'orders' }]);
    await expect.poll(count).toBeGreaterThan(0);
    const before = await count();
    await app.subscriptions.broadcast('orders', {});
    await expect.poll(count).toBeGreaterThan(before);
    expect(said).toEqual([]);
  });
});
