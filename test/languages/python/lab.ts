import { once } from 'node:events';
import { type IncomingMessage, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type StandaloneServer, startStandaloneServer } from '../../guide/standalone-server.js';
import { LabApp } from './lab-app.js';

type AtEnd = (end: () => Promise<void>) => void;
type Args = Record<string, unknown> & { readonly app?: number; readonly op: string };

/**
 * Servers and faults for tests in another language, which ask for them over HTTP: a body
 * `{"op": "broadcast", "app": 0, "channel": "kept", "data": 1}` is answered with the result in JSON, or with 500 and why.
 */
export class Lab {
  private readonly apps: LabApp[] = [];
  private readonly standalone: StandaloneServer[] = [];

  private constructor(private readonly atEnd: AtEnd) {}

  /** @returns its URL */
  static async start(atEnd: AtEnd): Promise<string> {
    const lab = new Lab(atEnd);
    const server = createServer((request, response) => {
      lab.answer(request).then(
        (result) => response.end(JSON.stringify(result ?? null)),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
    });
    server.listen(0, '127.0.0.1');
    atEnd(async () => {
      server.closeAllConnections();
      server.close();
    });
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  private async answer(request: IncomingMessage): Promise<unknown> {
    const { op, app, ...args } = JSON.parse(await text(request)) as Args;
    if (op === 'start') {
      const started = await LabApp.start(args, this.atEnd);
      return { app: this.apps.push(started) - 1, ...started.urls };
    }
    if (op === 'start_standalone') {
      const server = await startStandaloneServer(args as Record<string, string>);
      return { server: this.standalone.push(server) - 1, port: server.port };
    }
    if (op === 'end_standalone') return this.standalone[Number(args['server'])]?.process.end();
    const operation = this.apps[app ?? 0]?.operations[op];
    if (!operation) throw new Error(`The lab has no ${op}.`);
    return operation(args as never);
  }
}
