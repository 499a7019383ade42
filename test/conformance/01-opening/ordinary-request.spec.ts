import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Body, Controller, Get, Post } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { RawClient } from '../../support/raw-client.js';
import { upgradeHead } from '../../support/raw-frames.js';
import { type TestApp, startApp } from '../../support/test-app.js';

const run = promisify(execFile);

@Controller('agents')
class AgentController {
  @Get()
  list(): string {
    return 'all agents';
  }

  @Get('slow')
  async slow(): Promise<string> {
    await new Promise((resolve) => setTimeout(resolve, 50));
    return 'slow agents';
  }

  @Post()
  count(@Body() agents: readonly unknown[]): number {
    return agents.length;
  }
}

const start = (): Promise<TestApp> => startApp({}, { controllers: [AgentController] });

const curl = async (...args: string[]): Promise<string> =>
  (await run('curl', ['--silent', '--show-error', '--max-time', '10', '--http2', ...args])).stdout;

/** The head of a request that would rather have HTTP/2, as Java's HttpClient writes it. */
const asking = (target: string, headers: Record<string, string> = {}, method = 'GET'): string =>
  upgradeHead({
    method,
    target,
    headers: {
      Connection: 'Upgrade, HTTP2-Settings',
      Upgrade: 'h2c',
      'HTTP2-Settings': 'AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA',
      'Sec-WebSocket-Key': undefined,
      'Sec-WebSocket-Version': undefined,
      ...headers,
    },
  });

describe('a request with Upgrade: h2c', () => {
  it('from curl --http2 is answered like an ordinary one', async () => {
    const { httpUrl } = await start();
    expect(await curl(`${httpUrl}/agents`, `${httpUrl}/agents`)).toBe('all agentsall agents');
  });

  it('may have a body, short or longer than one read of the socket', async () => {
    const { httpUrl } = await start();
    const json = ['-H', 'Content-Type: application/json', '-d'];
    expect(await curl(...json, '[1,2,3]', `${httpUrl}/agents`)).toBe('3');
    expect(await curl(...json, JSON.stringify(Array.from({ length: 30_000 }, () => 1)), `${httpUrl}/agents`)).toBe(
      '30000',
    );
  });

  it('may be pipelined: requests on one socket are answered in their order', async () => {
    const { port } = await start();
    const client = await RawClient.open(port);
    const post = asking('/agents', { 'Content-Type': 'application/json', 'Content-Length': '5' }, 'POST');
    client.write(asking('/agents/slow'), asking('/agents'), post, '[1,2]', asking('/nowhere'));
    expect((await client.httpAnswer()).body).toBe('slow agents');
    expect((await client.httpAnswer()).body).toBe('all agents');
    expect((await client.httpAnswer()).body).toBe('2');
    expect((await client.httpAnswer()).status).toBe(404);
  });

  it('leaves its connection open for an upgrade to a WebSocket', async () => {
    const { port } = await start();
    const client = await RawClient.open(port);
    client.write(asking('/agents'));
    await client.httpAnswer();
    client.write(upgradeHead());
    expect((await client.httpAnswer()).status).toBe(101);
  });

  it('harms nobody when its peer resets the connection before the answer', async () => {
    const app = await start();
    const client = await RawClient.open(app.port);
    client.write(asking('/agents/slow'), asking('/agents'));
    client.reset();
    await client.closed;
    expect(await curl(`${app.httpUrl}/agents`)).toBe('all agents');
  });
});

it('an upgrade that offers websocket among other protocols opens a WebSocket', async () => {
  const { port } = await start();
  await RawClient.upgrade(port, { headers: { Upgrade: 'h2c, websocket' } });
});
