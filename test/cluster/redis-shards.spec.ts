import { BackplaneUnavailableError, type EnginePart, type EngineState } from '@skreaver/nestjs-ws';
import type { Position } from '@skreaver/protocol';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { RedisBackplane } from '../../libs/redis/src/index.js';
import { PARTITION_TAGS, partitionOf } from '../../libs/redis/src/keys/partition.js';
import { slotOf } from '../../libs/redis/src/keys/slot.js';
import { RecordingNode } from '../contract/recording-node.js';
import { RedisServer } from '../support/redis-server.js';
import { RedisShards } from '../support/redis-shards.js';

const history = { size: 100, ttl: 600_000 };
const CHANNELS = Array.from({ length: 40 }, (_, index) => `room:${index}`);
const tagOf = (channel: string): string => PARTITION_TAGS[partitionOf(channel)]!;
const eventually = (holds: () => unknown, timeout = 20_000): Promise<unknown> =>
  vi.waitUntil(holds, { timeout, interval: 20 });

const heldBy = (part?: EnginePart): string[] => CHANNELS.filter((channel) => part?.holds(channel) !== false);

/** Keeps which channels it was told of. */
class WatchingNode extends RecordingNode {
  /** The channels of each interruption. */
  readonly interruptions: string[][] = [];
  restorations = 0;

  override interrupted(part?: EnginePart): void {
    this.interruptions.push(heldBy(part));
    super.interrupted();
  }

  override restored(engine: EngineState): void {
    this.restorations += 1;
    super.restored(engine);
  }
}

/** A node with all channels open. */
class Member {
  private constructor(
    readonly backplane: RedisBackplane,
    readonly node: WatchingNode,
  ) {}

  get interrupted(): string[][] {
    return this.node.interruptions;
  }

  static async join(shards: RedisShards, id = 'node'): Promise<Member> {
    const backplane = new RedisBackplane({ url: shards.url, cluster: true });
    onTestFinished(() => backplane.detach());
    const member = new Member(backplane, new WatchingNode(id));
    await backplane.start(member.node);
    const failures = await backplane.open(CHANNELS);
    if (failures.size > 0) throw new Error('The channels cannot be opened.');
    return member;
  }

  /** What becomes of one publication in each channel: its epoch, or the outcome. */
  async publishAll(channels = CHANNELS): Promise<string[]> {
    return Promise.all(channels.map((channel) => this.publish(channel, '1')));
  }

  async publish(channel: string, dataJson: string): Promise<string> {
    try {
      return (await this.backplane.publish({ channel, dataJson, history })).position?.epoch ?? '';
    } catch (error) {
      return error instanceof BackplaneUnavailableError ? error.outcome : String(error);
    }
  }

  got(channel: string): string[] {
    return this.node.delivered.flatMap((each) => (each.channel === channel ? [each.dataJson] : []));
  }

  /** All that was interrupted is restored. */
  async settled(): Promise<void> {
    await eventually(
      () =>
        this.interrupted.length > 0 &&
        this.node.restorations >= this.interrupted.length &&
        this.backplane.health.state === 'live',
    );
  }
}

async function channelsIn(shards: RedisShards, server: RedisServer): Promise<string[]> {
  const owned = await Promise.all(
    CHANNELS.map(async (channel) => ((await shards.ownerOf(slotOf(tagOf(channel)))) === server ? [channel] : [])),
  );
  return owned.flat();
}

const reasonOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'started',
    (error: Error) => error.message,
  );

describe('the primaries of a Redis Cluster', () => {
  it('share the channels by their slots, and commands reach all nodes', async () => {
    const shards = await RedisShards.start();
    const [one, other] = [await Member.join(shards, 'a'), await Member.join(shards, 'b')];
    await one.publishAll();
    await other.node.got('room:0', 1);
    for (const server of shards.primaries) expect((await channelsIn(shards, server)).length).toBeGreaterThan(5);
    expect(await one.backplane.dispatch({ kind: 'revoke', userId: 'ann', channel: undefined })).toMatchObject({
      unconfirmed: 0,
    });
    expect(one.interrupted).toEqual([]);
  });

  it('of which one without a replica dies have its channels refused, and go on with the others', async () => {
    const shards = await RedisShards.start();
    const member = await Member.join(shards);
    const epochs = await member.publishAll();
    const dying = shards.primaries[2]!;
    const lost = new Set(await channelsIn(shards, dying));
    await dying.kill();
    await eventually(() => member.backplane.health.state === 'degraded');
    expect(member.backplane.health.reason).toMatch(/^Primary 3 of 3: /);
    expect(new Set(member.interrupted.flat())).toEqual(lost);
    const expected = CHANNELS.map((channel, index) => (lost.has(channel) ? 'not_done' : epochs[index]));
    expect(await member.publishAll()).toEqual(expected);
    await dying.run();
    await member.settled();
    const again = await member.publishAll();
    expect(new Set(CHANNELS.filter((_, index) => again[index] !== epochs[index]))).toEqual(lost);
  });

  it('of which most die have all channels refused until they are back, and keep the epochs of those that lived', async () => {
    const shards = await RedisShards.start();
    const member = await Member.join(shards);
    const epochs = await member.publishAll();
    const [alive, ...dying] = shards.primaries as [RedisServer, RedisServer, RedisServer];
    const kept = new Set(await channelsIn(shards, alive));
    await Promise.all(dying.map((each) => each.kill()));
    await eventually(async () => (await alive.send('CLUSTER', 'INFO')).includes('cluster_state:fail'));
    await eventually(async () => (await member.publishAll()).every((outcome) => outcome === 'not_done'));
    expect(member.backplane.health.state).toBe('degraded');
    await Promise.all(dying.map((each) => each.run()));
    await eventually(() => member.backplane.health.state === 'live', 30_000);
    const again = await member.publishAll();
    expect(new Set(CHANNELS.filter((_, index) => again[index] === epochs[index]))).toEqual(kept);
    await eventually(() => CHANNELS.every((channel) => member.got(channel).length === 2));
  });
});

describe('a slot that is moved to another primary while nodes run', () => {
  it('begins one other epoch in its channels; they lose nothing, and others are not told', async () => {
    const shards = await RedisShards.start();
    const [one, other] = [await Member.join(shards, 'a'), await Member.join(shards, 'b')];
    const epochs = await one.publishAll();
    const [channel] = await channelsIn(shards, shards.primaries[1]!);
    const moved = CHANNELS.filter((each) => tagOf(each) === tagOf(channel!));
    await shards.move(tagOf(channel!), shards.primaries[2]!);
    const numbers = Array.from({ length: 20 }, (_, index) => `${index + 2}`);
    const outcomes: string[] = [];
    for (const number of numbers) outcomes.push(await one.publish(channel!, number));
    expect(outcomes.filter((outcome) => outcome === 'not_done' || outcome === 'unknown')).toEqual([]);
    expect(new Set(outcomes).size).toBe(1);
    expect(outcomes[0]).not.toBe(epochs[CHANNELS.indexOf(channel!)]);
    await Promise.all([one.settled(), other.settled()]);
    for (const member of [one, other]) {
      expect([...new Set(member.interrupted.flat())].toSorted()).toEqual(moved.toSorted());
      const { publications } = await member.backplane.history(channel!, { limit: 100 });
      expect(publications.map(({ dataJson }) => dataJson)).toEqual(['1', ...numbers]);
    }
    await one.publish(channel!, 'last');
    await eventually(() => other.got(channel!).includes('last'));
    const again = await one.publishAll();
    expect(CHANNELS.filter((each, index) => again[index] !== epochs[index] && !moved.includes(each))).toEqual([]);
  });

  it('has what is published into it meanwhile wait until it is there', async () => {
    const shards = await RedisShards.start();
    const member = await Member.join(shards);
    await member.publishAll();
    const [channel] = await channelsIn(shards, shards.primaries[1]!);
    let publishing: Promise<unknown[]> | undefined;
    await shards.move(tagOf(channel!), shards.primaries[2]!, async () => {
      // Keys that are not there yet may be there or here, so Redis refuses these.
      const content = { channel: channel!, history };
      publishing = Promise.all(
        ['a', 'b'].map((key) => member.backplane.publish({ ...content, dataJson: `"${key}"`, idempotencyKey: key })),
      );
      publishing.catch(() => undefined);
    });
    await publishing;
    const { publications } = await member.backplane.history(channel!, { limit: 100 });
    expect(publications.map(({ dataJson }) => dataJson).toSorted()).toEqual(['"a"', '"b"', '1']);
  });

  it('hides the positions of its channels alone while it is between the two', async () => {
    const shards = await RedisShards.start();
    const member = await Member.join(shards);
    const epochs = await member.publishAll();
    const [channel] = await channelsIn(shards, shards.primaries[1]!);
    const known = CHANNELS.filter((each) => tagOf(each) !== tagOf(channel!));
    const [fresh] = Array.from({ length: 5000 }, (_, index) => `new:${index}`).filter(
      (each) => tagOf(each) === tagOf(channel!),
    );
    const seen = new Map([...known, fresh!].map((each) => [each, undefined]));
    let meanwhile: ReadonlyMap<string, Position> | undefined;
    await shards.move(tagOf(channel!), shards.primaries[2]!, async () => {
      // It has no keys yet, so Redis asks for it to be made where the slot is going to be.
      meanwhile = await member.backplane.positions(seen);
    });
    expect([...meanwhile!.keys()].toSorted()).toEqual(known.toSorted());
    for (const [each, { epoch, offset }] of meanwhile!) {
      expect([epoch, offset]).toEqual([epochs[CHANNELS.indexOf(each)], 1]);
    }
    expect((await member.backplane.positions(seen)).has(fresh!)).toBe(true);
  });

  it('takes the commands along, and their log', async () => {
    const shards = await RedisShards.start();
    const [one, other] = [await Member.join(shards, 'a'), await Member.join(shards, 'b')];
    const revoke = (userId: string) => one.backplane.dispatch({ kind: 'revoke', userId, channel: undefined });
    await revoke('ann');
    const from = await shards.ownerOf(slotOf('sk'));
    await shards.move(
      'sk',
      shards.primaries.find((each) => each !== from)!,
    );
    let outcome: { unconfirmed: number } | undefined;
    await vi.waitUntil(
      async () => {
        outcome = await revoke('bob').catch(() => undefined);
        return outcome?.unconfirmed === 0;
      },
      { timeout: 20_000, interval: 50 },
    );
    const users = other.node.commands.map((command) => (command as { userId: string }).userId);
    expect(new Set(users)).toEqual(new Set(['ann', 'bob']));
    expect(users.filter((userId) => userId === 'ann')).toHaveLength(1);
    expect(one.backplane.health.state).toBe('live');
  });

  it('takes members along, and those of a node that dies afterwards are counted off', async () => {
    const shards = await RedisShards.start();
    const [staying, dying] = [await Member.join(shards, 'a'), await Member.join(shards, 'b')];
    const [channel] = await channelsIn(shards, shards.primaries[1]!);
    const about = { channel: channel!, infoJson: undefined, announcementJson: undefined, leaveDelay: 1 };
    await staying.backplane.present({ ...about, userId: 'ann', connections: 1 });
    await dying.backplane.present({ ...about, userId: 'bob', connections: 1 });
    await shards.move(tagOf(channel!), shards.primaries[2]!);
    const users = async (): Promise<string> =>
      (await staying.backplane.members(channel!, 10)).map(({ userId }) => userId).join();
    expect(await users()).toBe('ann,bob');
    await staying.settled();
    await dying.backplane.detach();
    await vi.waitUntil(async () => (await users()) === 'ann', { timeout: 20_000, interval: 50 });
  });
});

describe('a primary that comes to a Redis Cluster while nodes run', () => {
  it('is used when it gets slots, and one that has none any more is left', async () => {
    const shards = await RedisShards.start({ primaries: 2 });
    const member = await Member.join(shards);
    await member.publishAll();
    const added = await shards.addPrimary();
    const leaving = shards.primaries[1]!;
    const moved = new Set(await channelsIn(shards, leaving));
    await shards.moveAll(leaving, added);
    expect(moved.size).toBeGreaterThan(5);
    await vi.waitUntil(async () => !(await member.publishAll()).includes('not_done'), { timeout: 20_000 });
    await eventually(() => new Set(member.interrupted.flat()).size >= moved.size);
    await member.settled();
    expect(new Set(member.interrupted.flat())).toEqual(moved);
    await Promise.all(CHANNELS.map((channel) => member.publish(channel, 'last')));
    await eventually(() => CHANNELS.every((channel) => member.got(channel).includes('last'))).catch(() => undefined);
    expect(CHANNELS.filter((channel) => !member.got(channel).includes('last'))).toEqual([]);
    // Nobody is connected to it any more but who asks.
    await vi.waitUntil(async () => !(await leaving.send('CLIENT', 'LIST')).includes('name=skreaver-ws'), {
      timeout: 20_000,
      interval: 100,
    });
  });
});

describe('a failover in a Redis Cluster', () => {
  for (const [how, begin] of [
    ['is planned', async (shards: RedisShards) => void (await shards.replicas[1]![0]!.send('CLUSTER', 'FAILOVER'))],
    ['follows the death of a primary', (shards: RedisShards) => shards.primaries[1]!.kill()],
  ] as const) {
    it(`that ${how} is told to the channels of this primary alone, and begins other epochs in them`, async () => {
      const shards = await RedisShards.start({ replicas: 1 });
      const [one, other] = [await Member.join(shards, 'a'), await Member.join(shards, 'b')];
      const epochs = await one.publishAll();
      const told = new Set(await channelsIn(shards, shards.primaries[1]!));
      await begin(shards);
      await Promise.all([one.settled(), other.settled()]);
      for (const { interrupted } of [one, other]) expect(new Set(interrupted.flat())).toEqual(told);
      const again = await one.publishAll();
      expect(new Set(CHANNELS.filter((_, index) => again[index] !== epochs[index]))).toEqual(told);
      expect(again).not.toContain('not_done');
      await eventually(() => CHANNELS.every((channel) => other.got(channel).length === 2));
      expect(await shards.replicas[1]![0]!.send('INFO', 'replication')).toContain('role:master');
    });
  }
});

describe('a slot that no primary has', () => {
  it('has its channels refused until one has it, while the others of its primary go on', async () => {
    const shards = await RedisShards.start();
    const member = await Member.join(shards);
    await member.publishAll();
    const own = await channelsIn(shards, shards.primaries[1]!);
    const lost = own.filter((channel) => tagOf(channel) === tagOf(own[0]!));
    const slot = `${slotOf(tagOf(own[0]!))}`;
    for (const each of shards.primaries) await each.send('CLUSTER', 'DELSLOTS', slot);
    await member.publish(own[0]!, '2');
    await eventually(() => member.backplane.health.state === 'degraded');
    expect(member.backplane.health.reason).toMatch(/^1 of 256 partitions of channels are in slots that no primary /);
    expect(await member.publish(own[0]!, '3')).toBe('not_done');
    expect(
      await member.publish(
        own.find((channel) => !lost.includes(channel))!,
        '3',
      ),
    ).not.toBe('not_done');
    await shards.primaries[1]!.send('CLUSTER', 'ADDSLOTS', slot);
    await member.settled();
    expect(await member.publish(own[0]!, '4')).not.toBe('not_done');
    await eventually(() => member.got(own[0]!).includes('4'));
    expect(new Set(member.interrupted.flat())).toEqual(new Set(lost));
  });
});

describe('the start on a Redis Cluster', () => {
  const start = (options: ConstructorParameters<typeof RedisBackplane>[0]): Promise<unknown> => {
    const backplane = new RedisBackplane(options);
    onTestFinished(() => backplane.detach());
    return reasonOf(backplane.start(new RecordingNode('node')));
  };

  it('needs the option that says so', async () => {
    const { url, primaries } = await RedisShards.start();
    expect(await start({ url })).toBe(
      'Redis is a node of a Redis Cluster; set the option `cluster: true`, or begin the URL with redis+cluster://.',
    );
    const hosts = primaries.map(({ port }) => `127.0.0.1:${port}`);
    expect(await start({ url: `redis+cluster://127.0.0.1:1,${hosts.join(',')}` })).toBe('started');
  });

  it('is refused where Redis is none', async () => {
    const { url } = await RedisServer.start();
    expect(await start({ url, cluster: true })).toBe(
      'Redis is not a node of a Redis Cluster; leave the option `cluster` out.',
    );
  });

  it('fails after 10 s with a sentence while slots have no primary', async () => {
    const shards = await RedisShards.start();
    for (const each of shards.primaries) await each.send('CLUSTER', 'DELSLOTS', `${slotOf(PARTITION_TAGS[0]!)}`);
    expect(await start({ url: shards.url, cluster: true })).toMatch(
      /^Redis cannot be used: 1 of 256 partitions of channels are in slots that no primary of the Redis Cluster has\.$/,
    );
  });
});
