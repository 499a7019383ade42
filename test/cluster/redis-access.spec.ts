import { RedisBackplane, type RedisBackplaneOptions } from '../../libs/redis/src/index.js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RecordingNode } from '../contract/recording-node.js';
import { freePort } from '../support/free-port.js';
import { RedisServer } from '../support/redis-server.js';
import { RedisShards } from '../support/redis-shards.js';
import { BY_NAME, asArguments, certified, tlsOn } from '../support/redis-tls.js';

const history = { size: 10, ttl: 60_000 };

async function joinCluster(options: RedisBackplaneOptions, id: string) {
  const backplane = new RedisBackplane(options);
  onTestFinished(() => backplane.detach());
  const node = new RecordingNode(id);
  await backplane.start(node);
  return { backplane, node };
}

const sentenceOf = (options: RedisBackplaneOptions): Promise<string> =>
  joinCluster(options, 'refused').then(
    () => 'started',
    (error: Error) => error.message,
  );

/** Does some of all that nodes do. */
async function useAll(options: RedisBackplaneOptions): Promise<void> {
  const [one, other] = [await joinCluster(options, 'one'), await joinCluster(options, 'other')];
  await other.backplane.open(['a', 'agents']);
  const content = { channel: 'a', dataJson: '1', history, idempotencyKey: 'k' };
  const mirror = { channel: 'agents', history };
  const { position } = await one.backplane.publish({ ...content, mirror });
  await one.backplane.publish({ channel: 'a', dataJson: '2' });
  expect(await other.node.got('a', 2)).toMatchObject([{ dataJson: '1' }, { dataJson: '2' }]);
  expect((await other.backplane.history('agents', { limit: 10 })).publications).toHaveLength(1);
  await one.backplane.acknowledge('a', 'ann', position!);
  expect(await other.backplane.acknowledged('a', 'ann')).toEqual(position);
  const update = { channel: 'a', userId: 'ann', infoJson: undefined, announcementJson: undefined, leaveDelay: 0 };
  await one.backplane.present({ ...update, connections: 1 });
  expect(await other.backplane.members('a', 10)).toMatchObject([{ userId: 'ann' }]);
  expect(await one.backplane.positions(new Map([['a', position]]))).toEqual(new Map([['a', position]]));
  expect(await one.backplane.dispatch({ kind: 'revoke', userId: 'ann', channel: 'a' })).toMatchObject({
    unconfirmed: 0,
  });
  await one.backplane.clearHistory('a');
  await one.backplane.detach();
  expect(await other.backplane.presenceStats('a')).toEqual({ connections: 0, users: 0 });
}

describe('a user of Redis', () => {
  it('needs no key and no Pub/Sub channel but those of the prefix', async () => {
    const redis = await RedisServer.start();
    await redis.send(
      'ACL',
      'SETUSER',
      'ws',
      'on',
      '>secret',
      '~t:sk1:*',
      'resetchannels',
      '&t:sk1:*',
      '+@all',
      '-@dangerous',
      '+info',
    );
    const url = `redis://ws:secret@127.0.0.1:${redis.port}`;
    await useAll({ url, prefix: 't:' });
    expect(await sentenceOf({ url, prefix: 'u:' })).toMatch(/^The user of Redis may not do what is needed: /);
  });
});

describe('a user of a Redis Cluster', () => {
  it('needs CLUSTER SLOTS beside the keys and Pub/Sub channels of the prefix', async () => {
    const { primaries } = await RedisShards.start();
    const rights = ['~t:sk1:*', 'resetchannels', '&t:sk1:*', '+@all', '-@dangerous', '+info'];
    for (const each of primaries) await each.send('ACL', 'SETUSER', 'ws', 'on', '>secret', ...rights);
    const url = `redis+cluster://ws:secret@127.0.0.1:${primaries[1]!.port}`;
    await useAll({ url, prefix: 't:' });
    expect(await sentenceOf({ url, prefix: 'u:' })).toMatch(/^The user of Redis may not do what is needed: /);
    expect(await sentenceOf({ url: url.replace('secret', 'wrong') })).toBe(
      'Redis knows no such user with this password.',
    );
  });
});

describe('a Redis with TLS', () => {
  it('is used where its certificate is that of a trusted authority and names its host', async () => {
    const { ca, own } = certified();
    const port = await freePort();
    await RedisServer.start([...asArguments(tlsOn(port, own)), '--requirepass', 'secret']);
    const at = (host: string): string => `rediss://:secret@${host}:${port}`;
    await useAll({ url: at('localhost'), ca });
    expect(await Promise.all([sentenceOf({ url: at('localhost') }), sentenceOf({ url: at('127.0.0.1'), ca })])).toEqual(
      [
        'Redis cannot be used: The connection to Redis failed (UNABLE_TO_VERIFY_LEAF_SIGNATURE).',
        'Redis cannot be used: The connection to Redis failed (ERR_TLS_CERT_ALTNAME_INVALID).',
      ],
    );
  });

  it('is found by a Sentinel with TLS, whose certificate is that of the same authority', async () => {
    const { ca, files } = certified();
    const [port, sentinelPort] = [await freePort(), await freePort()];
    await RedisServer.start(asArguments(tlsOn(port, files)));
    const settings = [...BY_NAME, ...tlsOn(sentinelPort, files).map((line) => line.join(' '))];
    await RedisServer.sentinelOf(port, 'main', { host: 'localhost', settings });
    await useAll({ url: `rediss+sentinel://localhost:${sentinelPort}/main`, ca });
  });

  it('is a Redis Cluster too, with a user of its own', async () => {
    const { ca, files } = certified();
    const ports: number[] = [];
    const names = ['--cluster-announce-hostname', 'localhost', '--cluster-preferred-endpoint-type', 'hostname'];
    const settings = async (): Promise<string[]> => {
      const port = await freePort();
      ports.push(port);
      return [...names, ...asArguments([...tlsOn(port, files), ['tls-cluster', 'yes']])];
    };
    const { primaries } = await RedisShards.start({ settings });
    const rights = ['~t:sk1:*', 'resetchannels', '&t:sk1:*', '+@all', '-@dangerous', '+info'];
    for (const each of primaries) await each.send('ACL', 'SETUSER', 'ws', 'on', '>secret', ...rights);
    await useAll({ url: `rediss+cluster://ws:secret@localhost:${ports[0]}`, ca, prefix: 't:' });
  });
});
