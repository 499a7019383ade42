import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import type { Run } from './runtimes.js';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

/** As they stand in the guide. */
export function clientsOfGuide(): string {
  const blocks = [
    ...read('../../../docs/guide/plain-clients.md').matchAll(
      /^```js\n(function (?:stayConnected|follow|consume)\([^]*?)^```$/gm,
    ),
  ];
  if (blocks.length !== 3) throw new Error(`The guide has ${blocks.length} of the three clients`);
  const clients = blocks.map(([, client = '']) => client).join('\n');
  if (clients.split('45_000').length !== 2) throw new Error('The guide names its silence of 45_000 ms not once');
  // Nobody waits for so long here.
  return clients.replace('45_000', '3_000');
}

const SCRIPT = `${clientsOfGuide()}\n${read('./driver.js')}`;
const PAGE = '<!doctype html><title>client</title><script src="/client.js"></script>';

/** One client of the guide at work in another runtime: asks here for its URL, and reports here. */
export class ClientRun {
  readonly reports: unknown[][] = [];
  /** How often it has asked for a URL to connect to. */
  asked = 0;

  private constructor(private readonly nextUrl: (asked: number) => string) {}

  static async start(run: Run, client: 'follow' | 'consume', channel: string, nextUrl: (asked: number) => string) {
    const started = new ClientRun(nextUrl);
    const control = await started.serve((origin) => {
      const values = { CONTROL: origin, CLIENT: client, CHANNEL: channel };
      const constants = Object.entries(values).map(([name, value]) => `const ${name} = ${JSON.stringify(value)};`);
      return [...constants, SCRIPT].join('\n');
    });
    run(control.script, control.origin);
    return started;
  }

  private async serve(scriptFor: (origin: string) => string) {
    let script = '';
    const server = createServer((request, response) => {
      if (request.url === '/report')
        void text(request).then((line) => this.reports.push(JSON.parse(line) as unknown[]));
      response.setHeader('Content-Type', request.url === '/client.js' ? 'text/javascript' : 'text/html');
      const answers: Record<string, () => string> = {
        '/': () => PAGE,
        '/client.js': () => script,
        '/url': () => this.nextUrl(this.asked++),
      };
      response.end(answers[request.url ?? '']?.() ?? '');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
    script = scriptFor(origin);
    return { script, origin };
  }
}
