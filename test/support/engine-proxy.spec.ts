import { once } from 'node:events';
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { EngineProxy } from './engine-proxy.js';

/** A connection through a proxy, and what each side has got. */
async function link() {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy = await EngineProxy.start((server.address() as AddressInfo).port);
  const node = connect(proxy.port, '127.0.0.1');
  await once(server, 'connection');
  const [engine] = sockets as [Socket];
  const got = { engine: '', node: '', isEngineEnded: false };
  engine.on('data', (chunk: Buffer) => (got.engine += chunk.toString()));
  engine.on('end', () => (got.isEngineEnded = true));
  node.on('data', (chunk: Buffer) => (got.node += chunk.toString()));
  for (const socket of [engine, node]) socket.on('error', () => undefined);
  onTestFinished(() => {
    for (const socket of [engine, node]) socket.destroy();
    server.close();
  });
  return { proxy, node, engine, got };
}

const patience = { timeout: 20_000 };

describe('the proxy before an engine', () => {
  it('holds requests back while replies pass, and delivers them when released', async () => {
    const { proxy, node, engine, got } = await link();
    proxy.hold('requests');
    node.write('ask');
    engine.write('say');
    await expect.poll(() => got, patience).toMatchObject({ node: 'say', engine: '' });
    proxy.release();
    await expect.poll(() => got.engine, patience).toBe('ask');
  });

  it('holds replies back while requests pass', async () => {
    const { proxy, node, engine, got } = await link();
    proxy.hold('replies');
    engine.write('say');
    node.write('ask');
    await expect.poll(() => got, patience).toMatchObject({ node: '', engine: 'ask' });
    proxy.release();
    await expect.poll(() => got.node, patience).toBe('say');
  });

  it('delivers what it held although the node has given up, and then its end', async () => {
    const { proxy, node, got } = await link();
    proxy.hold('requests');
    node.end('late');
    node.destroySoon();
    await once(node, 'close');
    expect(got).toMatchObject({ engine: '', isEngineEnded: false });
    proxy.release();
    await expect.poll(() => got, patience).toMatchObject({ engine: 'late', isEngineEnded: true });
  });

  it('loses what it held when it is cut', async () => {
    const { proxy, node, engine, got } = await link();
    proxy.hold('requests');
    node.write('lost');
    await new Promise((resolve) => setImmediate(resolve));
    proxy.cut();
    await once(engine, 'close');
    proxy.release();
    expect(got.engine).toBe('');
  });

  it('keeps the order of bytes that are late by different times', async () => {
    const { proxy, node, got } = await link();
    const late = [60, 0, 20];
    proxy.latency = () => late.shift() ?? 0;
    for (const text of ['1', '2', '3']) {
      node.write(text);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await expect.poll(() => got.engine, patience).toBe('123');
  });
});
