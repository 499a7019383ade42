import { join } from 'node:path';
import { Controller, Get, Header, Injectable } from '@nestjs/common';
import { MessageBody } from '@nestjs/websockets';
import { WsRequest } from '@skreaver/nestjs-ws';
import { type BuildOptions, build } from 'esbuild';
import { type Browser, type Page, chromium } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { CHROMIUM, CHROMIUM_FLAGS } from '../support/chromium.js';
import { type TestApp, TestAuthHandler, startApp } from '../support/test-app.js';

/** The token is the name of the user. */
class NamesAuthHandler extends TestAuthHandler {
  override authenticate(token: string): string {
    return token;
  }
}

@Injectable()
class Methods {
  @WsRequest('double')
  double(@MessageBody('n') n: number): number {
    return n * 2;
  }

  @WsRequest('forever')
  forever(): Promise<never> {
    return new Promise(() => {});
  }

  @WsRequest('write')
  async *write(@MessageBody('words') words: number): AsyncGenerator<string, { words: number }> {
    for (let n = 0; n < words; n += 1) {
      yield `${n} `;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return { words };
  }

  orders = 0;

  @WsRequest('orders.count')
  count(): number {
    return (this.orders += 1);
  }
}

/** An entry of this folder as one script, with React in development, where it warns. */
export async function bundled(entry: string, options: BuildOptions = {}): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [`${import.meta.dirname}/${entry}`],
    conditions: ['@skreaver/source'],
    define: { 'process.env.NODE_ENV': '"development"' },
    jsx: 'automatic',
    bundle: true,
    format: 'iife',
    target: 'es2022',
    write: false,
    ...options,
  });
  return outputFiles?.[0]?.text ?? '';
}

/** React replaced, as Preact's documentation says. */
export const PREACT: BuildOptions = {
  alias: {
    react: 'preact/compat',
    'react-dom/client': 'preact/compat/client',
    'react/jsx-runtime': 'preact/jsx-runtime',
  },
};

const REACT_18_MODULES = join(import.meta.dirname, '../../node_modules/.cache/react-18/node_modules');

/** React replaced by the oldest that the hooks are for, as `test/support/prepare.mjs` installed it. */
export const REACT_18: BuildOptions = {
  alias: { react: join(REACT_18_MODULES, 'react'), 'react-dom': join(REACT_18_MODULES, 'react-dom') },
};

/** A server that serves a page of its own and its WebSockets. */
export async function serve(script: string, html = ''): Promise<TestApp> {
  @Controller()
  class PageController {
    @Get()
    @Header('Content-Type', 'text/html')
    html(): string {
      return `<!doctype html><link rel="icon" href="data:,"><div id="app">${html}</div><script src="/page.js"></script>`;
    }

    @Get('page.js')
    @Header('Content-Type', 'text/javascript')
    script(): string {
      return script;
    }
  }
  const channel = { history: { size: 100, ttl: 60_000 }, clientPublish: true, presence: true, joinLeave: true };
  return startApp(
    {
      authHandler: { useClass: NamesAuthHandler },
      presenceLeaveDelay: 20,
      channels: { news: channel, 'room:*': channel, orders: {} },
    },
    { controllers: [PageController], providers: [Methods] },
  );
}

/** Opens a page of a server. Whatever its console says besides information is in `said`. */
export async function open(browser: Browser, url: string): Promise<{ page: Page; said: string[] }> {
  const page = await browser.newPage();
  onTestFinished(() => page.close());
  const said: string[] = [];
  page.on('pageerror', (error) => said.push(String(error)));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) said.push(message.text());
  });
  await page.goto(url);
  return { page, said };
}

export const launch = (): Promise<Browser> => chromium.launch({ executablePath: CHROMIUM, args: CHROMIUM_FLAGS });
