import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { RedisBackplane, type RedisBackplaneOptions } from '../../libs/redis/src/index.js';
import { RecordingNode } from '../contract/recording-node.js';
import { freePort } from '../support/free-port.js';
import { RedisServer } from '../support/redis-server.js';
import { BY_NAME, asArguments, certified, tlsOn } from '../support/redis-tls.js';

const publication = (dataJson: string) => ({ channel: 'chat', dataJson, history: { size: 10, ttl: 600_000 } });

async function sees(sentinel: RedisServer, replicaPort: number): Promise<void> {
  await vi.waitUntil(async () => (await sentinel.send('SENTINEL', 'replicas', 'main')).includes(`${replicaPort}`), {
    timeout: 20_000,
    interval: 100,
  });
}

/** A primary with a replica and a Sentinel that knows both, and a node that asks the Sentinel. */
async function startBehindSentinel() {
  const primary = await RedisServer.start();
  const replica = await RedisServer.replicaOf(primary.port);
  const sentinel = await RedisServer.sentinelOf(primary.port, 'main');
  await sees(sentinel, replica.port);
  return { primary, replica, sentinel, ...(await join({ url: `redis+sentinel://127.0.0.1:${sentinel.port}/main` })) };
}

/** The same, and all of them speak with each other over TLS. */
async function startBehindSentinelWithTls() {
  const { ca, files } = certified();
  const [port, replicaPort, sentinelPort] = [await freePort(), await freePort(), await freePort()];
  const primary = await RedisServer.start(asArguments(tlsOn(port, files)));
  const named = ['--replica-announce-ip', 'localhost'];
  await RedisServer.replicaOf(port, [...asArguments(tlsOn(replicaPort, files)), ...named], 'localhost');
  const settings = [...BY_NAME, ...tlsOn(sentinelPort, files).map((line) => line.join(' '))];
  const sentinel = await RedisServer.sentinelOf(port, 'main', { host: 'localhost', settings });
  await sees(sentinel, replicaPort);
  return { primary, ...(await join({ url: `rediss+sentinel://localhost:${sentinelPort}/main`, ca })) };
}

async function join(options: RedisBackplaneOptions) {
  const backplane = new RedisBackplane(options);
  const node = new RecordingNode('node');
  await backplane.start(node);
  onTestFinished(() => backplane.detach());
  await backplane.open(['chat']);
  const restored = () =>
    vi.waitUntil(() => node.link.at(-1)?.startsWith('restored'), { timeout: 30_000, interval: 50 });
  return { backplane, node, restored };
}

describe('a Redis behind Sentinel', () => {
  it('is left for the new primary at a planned failover, and epochs change', async () => {
    const { replica, sentinel, backplane, node, restored } = await startBehindSentinel();
    const { position } = await backplane.publish(publication('1'));
    // NOGOODSLAVE until the Sentinel has seen the replica in step, which it looks at every ten seconds.
    const begin = async () => (await sentinel.send('SENTINEL', 'failover', 'main')) === '+OK\r\n';
    await vi.waitUntil(begin, { timeout: 30_000, interval: 200 });
    await restored();
    const after = await backplane.publish(publication('2'));
    expect(after.position?.epoch).not.toBe(position?.epoch);
    expect(await replica.send('INFO', 'replication')).toContain('role:master');
    expect((await node.got('chat', 2)).map(({ dataJson }) => dataJson)).toEqual(['1', '2']);
  });

  it.each([
    ['is followed when the primary dies', startBehindSentinel],
    ['is followed over TLS when the primary dies', startBehindSentinelWithTls],
  ])('%s', async (_rule, start) => {
    const { primary, backplane, node, restored } = await start();
    await backplane.publish(publication('1'));
    await primary.kill();
    await restored();
    await backplane.publish(publication('2'));
    expect((await node.got('chat', 2)).map(({ dataJson }) => dataJson)).toEqual(['1', '2']);
  });
});
