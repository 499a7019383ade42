import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { pinoHttp } from 'pino-http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { httpLogOptions } from './http-log-options.js';
import { OutagePace } from './outage-pace.js';

/** A server that answers with the status of the path, and what it has logged of it. */
async function loggingServer() {
  const clock = { now: 0 };
  const stream = new PassThrough();
  const log = pinoHttp(httpLogOptions('info', new OutagePace(() => clock.now)), stream);
  const server = createServer((request, response) => {
    log(request, response);
    response.statusCode = Number(request.url?.slice(1));
    response.end();
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const ask = async (status: number): Promise<void> => {
    await fetch(`http://127.0.0.1:${port}/${status}`, { headers: { connection: 'close' } });
  };
  const lines = () =>
    String(stream.read() ?? '')
      .trim()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as { level: number; res: { status: number }; suppressed?: number });
  return { ask, lines, clock };
}

describe('the log of requests', () => {
  it('has one line in ten seconds for what is answered with 503, and counts the others', async () => {
    const { ask, lines, clock } = await loggingServer();
    for (const _ of [1, 2, 3]) await ask(503);
    clock.now = 9999;
    await ask(503);
    expect(lines()).toMatchObject([{ level: 50, res: { status: 503 } }]);
    clock.now = 10_000;
    await ask(503);
    expect(lines()).toMatchObject([{ level: 50, suppressed: 3 }]);
    clock.now = 20_000;
    await ask(503);
    const [line] = lines();
    expect(line).toMatchObject({ level: 50, res: { status: 503 } });
    expect(line).not.toHaveProperty('suppressed');
  });

  it('has every other failure', async () => {
    const { ask, lines } = await loggingServer();
    for (const status of [503, 500, 503, 500, 429, 200]) await ask(status);
    expect(lines().map(({ level, res }) => [level, res.status])).toEqual([
      [50, 503],
      [50, 500],
      [50, 500],
      [40, 429],
      [30, 200],
    ]);
  });
});
