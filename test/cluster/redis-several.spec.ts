import { BackplaneUnavailableError, type MirrorRules } from '@skreaver/nestjs-ws';
import { RedisBackplane } from '../../libs/redis/src/index.js';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { RecordingNode } from '../contract/recording-node.js';
import { RedisServer } from '../support/redis-server.js';

const history = { size: 100, ttl: 600_000 };
const CHANNELS = Array.from({ length: 40 }, (_, index) => `room:${index}`);

/** A node with channels in all of the Redis, and what is told of each of them. */
class Member {
  private constructor(
    readonly backplane: RedisBackplane,
    readonly node: RecordingNode,
  ) {}

  static async join(redis: readonly RedisServer[], id = 'node', mirrors?: MirrorRules): Promise<Member> {
    const backplane = new RedisBackplane({ urls: redis.map(({ url }) => url) });
    onTestFinished(() => backplane.detach());
    const node = Object.assign(new RecordingNode(id), mirrors === undefined ? {} : { mirrors });
    await backplane.start(node);
    const failures = await backplane.open(CHANNELS);
    if (failures.size > 0) throw new Error('The channels cannot be opened.');
    return new Member(backplane, node);
  }

  /** What becomes of one publication in each channel: its epoch, or the outcome. */
  async publishAll(): Promise<string[]> {
    return Promise.all(
      CHANNELS.map(async (channel) => {
        try {
          return (await this.backplane.publish({ channel, dataJson: '1', history })).position?.epoch ?? '';
        } catch (error) {
          return (error as BackplaneUnavailableError).outcome;
        }
      }),
    );
  }
}

const start = async (count: number): Promise<RedisServer[]> =>
  Promise.all(Array.from({ length: count }, () => RedisServer.start()));

const channelsIn = async (redis: RedisServer): Promise<string[]> => {
  const names = (await redis.send('KEYS', '*:h:room:*')).split('\r\n');
  return names.flatMap((name) => /:h:(room:\d+)$/.exec(name)?.[1] ?? []);
};

const reasonOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'started',
    (error: Error) => error.message,
  );

describe('several Redis', () => {
  it('share the channels, each in one of them', async () => {
    const redis = await start(3);
    const { publishAll } = await Member.join(redis).then((member) => ({ publishAll: () => member.publishAll() }));
    await publishAll();
    const held = await Promise.all(redis.map(channelsIn));
    expect(held.flat().toSorted()).toEqual(CHANNELS.toSorted());
    for (const channels of held) expect(channels.length).toBeGreaterThan(5);
  });

  it('tell the positions of the channels of those that can be asked, and why they cannot tell the others', async () => {
    const redis = await start(2);
    const member = await Member.join(redis);
    await member.publishAll();
    const [there, away] = [await channelsIn(redis[0]!), await channelsIn(redis[1]!)];
    await redis[1]?.kill();
    const positions = async (channels: readonly string[]): Promise<string[]> => {
      const tops = await member.backplane.positions(new Map(channels.map((channel) => [channel, undefined])));
      return [...tops.keys()].toSorted();
    };
    expect(await positions(CHANNELS)).toEqual(there.toSorted());
    await expect(positions(away)).rejects.toBeInstanceOf(BackplaneUnavailableError);
  });

  it('of which one dies degrade its channels alone, and the node is told which', async () => {
    const redis = await start(2);
    const member = await Member.join(redis);
    const { backplane, node } = member;
    const epochs = await member.publishAll();
    const lost = new Set(await channelsIn(redis[1]!));
    const told = vi.spyOn(node, 'interrupted');
    await redis[1]!.kill();
    await vi.waitUntil(() => backplane.health.state === 'degraded', 20_000);
    expect(backplane.health.reason).toBe('Redis 2 of 2: The connection to Redis was closed.');
    const part = (told.mock.calls[0] as unknown as [{ holds(channel: string): boolean }])[0];
    expect(CHANNELS.filter((channel) => part.holds(channel))).toEqual(CHANNELS.filter((channel) => lost.has(channel)));
    const expected = CHANNELS.map((channel, index) => (lost.has(channel) ? 'not_done' : epochs[index]));
    for (const _ of [1, 2]) expect(await member.publishAll()).toEqual(expected);
    await vi.waitUntil(() => node.delivered.length === CHANNELS.length + 2 * (CHANNELS.length - lost.size), 20_000);
    expect((await backplane.dispatch({ kind: 'revoke', userId: 'ann', channel: undefined })).unconfirmed).toBe(0);

    await redis[1]!.run();
    await vi.waitUntil(() => backplane.health.state === 'live', { timeout: 20_000 });
    expect(node.link).toEqual(['interrupted', 'restored: memory lost']);
    const again = await member.publishAll();
    const renewed = CHANNELS.filter((_, index) => again[index] !== epochs[index]);
    expect(renewed).toEqual(CHANNELS.filter((channel) => lost.has(channel)));
  });

  it('of which the first one dies refuse commands, and go on with the channels of the others', async () => {
    const redis = await start(2);
    const member = await Member.join(redis);
    const epochs = await member.publishAll();
    const lost = new Set(await channelsIn(redis[0]!));
    await redis[0]!.kill();
    await vi.waitUntil(() => member.backplane.health.state === 'degraded', 20_000);
    await expect(member.backplane.dispatch({ kind: 'revoke', userId: 'ann', channel: undefined })).rejects.toThrow(
      BackplaneUnavailableError,
    );
    const expected = CHANNELS.map((channel, index) => (lost.has(channel) ? 'not_done' : epochs[index]));
    expect(await member.publishAll()).toEqual(expected);
  });

  it('do not have an open of other channels wait for one that is long gone', async () => {
    const redis = await start(2);
    const member = await Member.join(redis);
    await member.publishAll();
    const [lost] = await channelsIn(redis[1]!);
    await member.backplane.close(lost!);
    await redis[1]!.kill();
    await vi.waitUntil(() => member.backplane.health.state === 'degraded', 20_000);
    expect([...(await member.backplane.open([lost!])).keys()]).toEqual([lost]);
    const begun = performance.now();
    expect([...(await member.backplane.open([lost!, 'room:0', 'room:1', 'room:2'])).keys()]).toContain(lost);
    expect(performance.now() - begun).toBeLessThan(1000);
  });

  it('count off the members of a node that leaves, wherever their channels are', async () => {
    const redis = await start(2);
    const [staying, leaving] = [await Member.join(redis, 'a'), await Member.join(redis, 'b')];
    const update = { userId: 'ann', infoJson: undefined, announcementJson: undefined, leaveDelay: 1 };
    for (const channel of CHANNELS) await leaving.backplane.present({ ...update, channel, connections: 1 });
    await leaving.backplane.detach();
    const counts = await Promise.all(CHANNELS.map((channel) => staying.backplane.presenceStats(channel)));
    expect(new Set(counts.map(({ users }) => users))).toEqual(new Set([0]));
  });
});

describe('a list of Redis that is changed', () => {
  it('is refused while nodes run with the former one', async () => {
    const [one, other] = (await start(2)) as [RedisServer, RedisServer];
    const running = await Member.join([one]);
    const refused = /^Nodes are running with another list of Redis/;
    expect(await reasonOf(Member.join([one, other], 'b'))).toMatch(refused);
    expect(await reasonOf(Member.join([other, one], 'b'))).toMatch(refused);
    await running.backplane.detach();
    const both = await Member.join([one, other], 'b');
    expect(await reasonOf(Member.join([one], 'c'))).toMatch(refused);
    expect(await reasonOf(Member.join([other, one], 'c'))).toMatch(refused);
    expect(both.backplane.health.state).toBe('live');
  });

  it('begins another epoch in every channel, also where a Redis comes back that was left out for a while', async () => {
    const [one, other] = (await start(2)) as [RedisServer, RedisServer];
    const seen: string[][] = [];
    for (const list of [[one], [one, other], [one], [one, other], [other, one]]) {
      const member = await Member.join(list);
      seen.push(await member.publishAll());
      await member.backplane.detach();
    }
    const kept = CHANNELS.filter((_, index) => new Set(seen.map((each) => each[index])).size < seen.length);
    expect(kept).toEqual([]);
  });

  it('that is the same keeps the epochs over a restart of all nodes', async () => {
    const redis = await start(2);
    const first = await Member.join(redis);
    const epochs = await first.publishAll();
    await first.backplane.detach();
    expect(await (await Member.join(redis)).publishAll()).toEqual(epochs);
  });

  it('is agreed on by nodes that begin at the same time', async () => {
    const redis = await start(3);
    const members = await Promise.all(['a', 'b', 'c', 'd'].map((id) => Member.join(redis, id)));
    const epochs = await members[0]!.publishAll();
    for (const member of members) expect(await member.publishAll()).toEqual(epochs);
  });

  it('ends a node that another list has overtaken while it was cut off', async () => {
    const [one, other] = (await start(2)) as [RedisServer, RedisServer];
    const overtaken = await Member.join([one, other]);
    await one.send('DEL', 'sk1:{sk}:nodes');
    await one.send('SET', 'sk1:{sk}:layout', '1/1');
    await vi.waitUntil(() => overtaken.backplane.health.state === 'degraded', { timeout: 20_000 });
    expect(overtaken.backplane.health.reason).toMatch(/^Redis 1 of 2: Nodes are running with another list of Redis/);
  });
});

describe('mirrors over several Redis', () => {
  const rules = (mirror: string): MirrorRules => ({
    of: (channel) => (channel.startsWith('room:') ? mirror : undefined),
    signature: mirror,
  });

  it('lie where their sources lie, and get each event in one step', async () => {
    const redis = await start(3);
    const { backplane, node } = await Member.join(redis, 'node', rules('all'));
    await backplane.open(['all']);
    await Promise.all(
      CHANNELS.map((channel) =>
        backplane.publish({ channel, dataJson: '1', history, mirror: { channel: 'all', history } }),
      ),
    );
    const held = await Promise.all(redis.map(channelsIn));
    expect(held.map(({ length }) => length).toSorted()).toEqual([0, 0, CHANNELS.length].toSorted());
    const sources = (await node.got('all', CHANNELS.length)).map(({ mirroredFrom }) => mirroredFrom);
    expect(sources.toSorted()).toEqual(CHANNELS.toSorted());
  });

  it('have to be the same on all nodes', async () => {
    const redis = await start(2);
    await Member.join(redis, 'a', rules('all'));
    expect(await reasonOf(Member.join(redis, 'b', rules('every')))).toMatch(/other mirrors of channels/);
  });
});
