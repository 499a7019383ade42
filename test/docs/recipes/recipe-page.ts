import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Browser, type Page, chromium } from 'playwright-core';
import { build } from 'vite';
import { onTestFinished } from 'vitest';
import { CHROMIUM, CHROMIUM_FLAGS } from '../../support/chromium.js';

const RECORDER = readFileSync(join(import.meta.dirname, 'recorder.js'), 'utf8');

/** The recipes and their libraries as one script, as an application bundles them. */
async function bundledScript(): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'warn',
    root: import.meta.dirname,
    define: { 'process.env.NODE_ENV': '"production"' },
    build: { write: false, lib: { entry: 'page.js', formats: ['iife'], name: 'page' } },
  });
  const [{ output } = { output: [] }] = built as { output: { code?: string }[] }[];
  return output[0]?.code ?? '';
}

/** A web site whose page runs a recipe in Chromium. */
export class RecipeSite {
  private constructor(
    readonly origin: string,
    private readonly browser: Browser,
    readonly close: () => Promise<void>,
  ) {}

  static async serve(): Promise<RecipeSite> {
    const script = await bundledScript();
    const server = createServer((request, response) => {
      const isScript = request.url === '/page.js';
      response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
      response.end(isScript ? script : '<!doctype html><div id="app"></div><script src="/page.js"></script>');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: CHROMIUM_FLAGS });
    const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
    return new RecipeSite(origin, browser, async () => {
      await browser.close();
      server.closeAllConnections();
      server.close();
    });
  }

  /** Shows the page of a recipe, with its timers stopped. */
  async show(recipe: string, socketUrl: string): Promise<RecipePage> {
    const page = await this.browser.newPage();
    onTestFinished(() => page.close());
    await page.clock.install({ time: 0 });
    await page.clock.pauseAt(1000);
    await page.addInitScript(RECORDER);
    await page.goto(`${this.origin}/?${new URLSearchParams({ recipe, socket: socketUrl }).toString()}`);
    return new RecipePage(page);
  }
}

/** What the page of a recipe has done so far. */
export class RecipePage {
  constructor(private readonly page: Page) {}

  /** Lets the page's time pass, and runs the timers that are due. */
  pass(ms: number): Promise<void> {
    return this.page.clock.runFor(ms);
  }

  /** Lets time pass until the page has opened so many sockets, and not longer: an attempt has a time limit too. */
  opens(count: number, withinMs: number): Promise<void> {
    return this.passUntil(async () => (await this.opened()) >= count, `opened ${count} sockets`, withinMs, 500);
  }

  sends(text: string, times: number, withinMs: number): Promise<void> {
    return this.passUntil(async () => (await this.sent(text)) >= times, `sent ${text} ${times} times`, withinMs, 2000);
  }

  /** How many sockets the page has opened. */
  opened(): Promise<number> {
    return this.read('opened');
  }

  /** How many of them it has closed by itself; Chromium waits for up to a minute for the other side. */
  closing(): Promise<number> {
    return this.read('closing');
  }

  /** How many of them are closed. */
  ended(): Promise<number> {
    return this.read('ended');
  }

  heard(): Promise<unknown[]> {
    return this.read('heard');
  }

  async received(text: string): Promise<number> {
    return (await this.read<string[]>('received')).filter((each) => each === text).length;
  }

  private async sent(text: string): Promise<number> {
    return (await this.read<string[]>('sent')).filter((each) => each === text).length;
  }

  private async passUntil(
    holds: () => Promise<boolean>,
    what: string,
    withinMs: number,
    stepMs: number,
  ): Promise<void> {
    for (let passed = 0; !(await holds()); passed += stepMs) {
      if (passed > withinMs) throw new Error(`The page has not ${what} within ${withinMs} ms`);
      await this.pass(stepMs);
    }
  }

  private read<T>(name: string): Promise<T> {
    return this.page.evaluate((global) => Reflect.get(globalThis, global) as T, name);
  }
}
