import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { type Browser, browse } from './browser.js';

const SCRIPT = readFileSync(join(import.meta.dirname, 'clients/reader.js'));

/** What the page has to say of its socket. */
export interface PageReport {
  readonly extensions: string;
  readonly digests: readonly string[];
}

/** A web site of one page, that reads events and reports them here. */
export class ReadingPage {
  private report: (text: string) => void = () => {};

  private constructor(readonly origin: string) {}

  static async serve(): Promise<ReadingPage> {
    const server = createServer((request, response) => {
      if (request.method === 'POST') void text(request).then((body) => page.report(body));
      const isScript = request.url === '/reader.js';
      response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
      response.end(isScript ? SCRIPT : '<!doctype html><title>reader</title><script src="/reader.js"></script>');
    });
    server.listen(0, '127.0.0.1');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    await once(server, 'listening');
    const page = new ReadingPage(`http://localhost:${(server.address() as AddressInfo).port}`);
    return page;
  }

  /** Opens the page, and resolves once it has so many events or its socket is closed. */
  async read(browser: Browser, socketUrl: string, count: number): Promise<PageReport> {
    const reported = new Promise<string>((resolve) => (this.report = resolve));
    browse(browser, `${this.origin}/?${new URLSearchParams({ socket: socketUrl, count: String(count) }).toString()}`);
    return JSON.parse(await reported) as PageReport;
  }
}
