import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { WsRequest } from '@skreaver/nestjs-ws';
import { describe, expect, it, vi } from 'vitest';
import { redisBackplane } from '../../libs/redis/src/index.js';
import { hubBackplane } from '../../libs/workers/src/index.js';
import type { CapturedLog } from '../support/captured-log.js';
import { EngineProxy } from '../support/engine-proxy.js';
import { HubProcess } from '../support/hub-process.js';
import { RedisServer } from '../support/redis-server.js';
import { startApp, testAuth } from '../support/test-app.js';

@Injectable()
class Methods {
  @WsRequest('fail')
  fail(): never {
    throw new Error('broken');
  }
}

const CONTEXTS: ReadonlySet<unknown> = new Set(['SkreaverWs', 'RedisBackplane', 'HubBackplane']);
const options = { ...testAuth, channels: { chat: { history: { size: 10, ttl: 60_000 } } } };

/** The lines of the module and of its backplane: which node each of them names, and what it says. */
const linesOf = (log: CapturedLog): { readonly node: unknown; readonly msg: unknown }[] =>
  log.lines
    .filter(({ values }) => CONTEXTS.has(values.at(-1)))
    .map(({ values: [line] }) => {
      const { node, msg } = (typeof line === 'object' ? line : { msg: line }) as { node?: unknown; msg?: unknown };
      return { node, msg };
    });

const saidBy = (log: CapturedLog): unknown[] => linesOf(log).map(({ msg }) => msg);

async function hear(log: CapturedLog, ...messages: readonly string[]): Promise<void> {
  await vi.waitUntil(() => messages.every((message) => saidBy(log).includes(message)), { timeout: 20_000 });
}

describe('every line of the log', () => {
  it('of connections, of the backplane over Redis and of the shutdown names the node', async () => {
    const redis = await RedisServer.start();
    const proxy = await EngineProxy.start(redis.port);
    const backplane = redisBackplane({ url: proxy.url });
    const { app, log, connect, subscriptions } = await startApp({ ...options, backplane }, { providers: [Methods] });
    await (
      await connect('?token=wrong')
    ).closed;
    const client = await connect('?token=token-ann');
    await client.subscribe('chat');
    await client.request('fail');
    await subscriptions.broadcast('chat', 1);
    proxy.refuse();
    await redis.kill();
    await redis.run();
    await hear(log, 'Redis is lost');
    proxy.accept();
    await hear(log, 'channel lost its position', 'backplane restored');
    client.send('x'.repeat(2_000_000));
    await client.closed;
    await connect('?token=token-bob');
    await app.close();
    const said = ['authentication failed', 'connection opened', 'handler failed', 'connection closed', 'draining'];
    expect(saidBy(log)).toEqual(expect.arrayContaining([...said, 'backplane interrupted', 'Redis is reached']));
    const [first] = linesOf(log);
    expect(first?.node).toMatch(/^\w{8}$/);
    expect(linesOf(log).filter(({ node }) => node !== first?.node)).toEqual([]);
  });

  it('of a backplane over a hub names the node', async () => {
    const hub = await HubProcess.start();
    const { proxy, path } = await hub.behindProxy();
    const { log } = await startApp({ ...options, backplane: hubBackplane({ path }) });
    proxy.cut();
    await hear(log, 'The hub is lost', 'backplane restored');
    const [first] = linesOf(log);
    expect(first?.node).toMatch(/^\w{8}$/);
    expect(linesOf(log).filter(({ node }) => node !== first?.node)).toEqual([]);
  });

  it('of the module is written by the log that names the node', () => {
    const root = join(import.meta.dirname, '../../src');
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' });
    const logging = files.filter(
      (file) => /(?<!\.spec)\.ts$/.test(file) && readFileSync(join(root, file), 'utf8').includes('new Logger('),
    );
    // The scan of providers is over before there is a node.
    expect(logging.toSorted()).toEqual(['discovery/provider-scan.ts', 'metrics/throttled-log.ts']);
  });
});
