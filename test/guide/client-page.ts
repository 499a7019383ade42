import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, type ConsoleMessage, type Page, chromium } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { CHROMIUM, CHROMIUM_FLAGS } from '../support/chromium.js';

/** A web site of one page that loads the script; it stands before the script's server, to name its origin there. */
export class ClientPage {
  private script = '';

  private constructor(readonly port: number) {}

  static async serve(): Promise<ClientPage> {
    const server = createServer((request, response) => {
      const isScript = request.url === '/client.js';
      response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
      response.end(isScript ? page.script : '<!doctype html><title>client</title><script src="/client.js"></script>');
    });
    server.listen(0, '127.0.0.1');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    await once(server, 'listening');
    const page = new ClientPage((server.address() as AddressInfo).port);
    return page;
  }

  /** Opens the page in Chromium, under a name of this machine. */
  async open(script: string, host = 'localhost'): Promise<Logged> {
    this.script = script;
    const browser: Browser = await chromium.launch({ executablePath: CHROMIUM, args: CHROMIUM_FLAGS });
    onTestFinished(() => browser.close());
    const page = await browser.newPage();
    const logged = new Logged(page);
    await page.goto(`http://${host}:${this.port}/`);
    return logged;
  }
}

/** What a page writes on its console. */
export class Logged {
  private readonly messages: ConsoleMessage[] = [];

  constructor(private readonly page: Page) {
    page.on('console', (message) => this.messages.push(message));
  }

  /** The values of the first line whose text begins so. */
  async line(start: string): Promise<unknown[]> {
    const fits = (message: ConsoleMessage): boolean => message.text().startsWith(start);
    const message = this.messages.find(fits) ?? (await this.page.waitForEvent('console', fits));
    return Promise.all(message.args().map((value) => value.jsonValue() as Promise<unknown>));
  }
}
