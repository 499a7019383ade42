import * as fc from 'fast-check';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { Keys } from '../../libs/redis/src/keys/keys.js';
import { PARTITION_TAGS } from '../../libs/redis/src/keys/partition.js';
import { ioredisEngines } from '../../libs/redis/src/link/ioredis-engine.js';
import { parseRedisUrl } from '../../libs/redis/src/link/redis-address.js';
import { RedisLink } from '../../libs/redis/src/link/redis-link.js';
import { ACKNOWLEDGE, ACKNOWLEDGED, CLEAR, POSITIONS, TOP } from '../../libs/redis/src/scripts/history.js';
import { DUE, MEMBERS_OF, PRESENT, REAP, SWEEP } from '../../libs/redis/src/scripts/presence.js';
import { PUBLISH } from '../../libs/redis/src/scripts/publish.js';
import { scripts } from '../../libs/redis/src/scripts/scripts.js';
import { RedisServer } from '../support/redis-server.js';

const CHANNELS = ['a', 'b'];
const RUNS = Number(process.env.SCRIPT_RUNS ?? 60);
const TTL = { key: 300_000, position: 7 * 86_400_000 };

let redis: RedisServer;
let prefixes = 0;

beforeAll(async () => {
  let end = async (): Promise<void> => undefined;
  redis = await RedisServer.start(['--enable-debug-command', 'local'], (stop) => (end = stop));
  return () => end();
});

/** Scripts on names that no other run uses, with a time that only the test moves. */
class Rig {
  now = 1_700_000_000_000;
  readonly keys: Keys;
  readonly heard: [channel: string, text: string][] = [];
  private readonly link: RedisLink;

  constructor() {
    prefixes += 1;
    this.keys = new Keys(`s${prefixes}:`);
    this.link = new RedisLink(ioredisEngines(parseRedisUrl(redis.url), { name: 'test' }), scripts, {
      message: (name, message) => this.heard.push([this.keys.channelOf(name), message.toString()]),
      moved: () => undefined,
      rising: () => this.link.subscribe(CHANNELS.map((channel) => this.keys.events(channel))),
      live: () => undefined,
      fallen: () => undefined,
      warn: () => undefined,
    });
  }

  static async start(): Promise<Rig> {
    const rig = new Rig();
    await rig.link.start(5000);
    return rig;
  }

  stop(): void {
    this.link.stop();
  }

  async publish(channel: string, data: string, size: number, ttl: number, key?: string, mirror?: string) {
    const places = mirror === undefined ? [channel] : [channel, mirror];
    const keys = places.flatMap((each) => [this.keys.position(each), this.keys.history(each)]);
    if (key !== undefined) keys.push(this.keys.idempotency(channel, undefined, key));
    const placed = places.flatMap((each, index) => [
      this.keys.events(each),
      size,
      ttl,
      index === 0 ? '' : ` ${channel}`,
    ]);
    const reply = await this.link.run(PUBLISH, keys, [
      this.now,
      `n.${data}`,
      `\n${data}`,
      TTL.key,
      TTL.position,
      '',
      ...placed,
    ]);
    const [epoch, offset, isDuplicate] = reply as [string, number, number, number];
    return { epoch, offset, isDuplicate: isDuplicate === 1 };
  }

  async history(channel: string) {
    const keys = [this.keys.position(channel), this.keys.history(channel)];
    const [top, entries] = await this.link.transact(TOP, keys, [this.now, TTL.position, ''], 'XRANGE', [
      keys[1]!,
      '-',
      '+',
    ]);
    const [epoch, offset] = (top as [Buffer, number]).map(String) as [string, string];
    const events = (entries as [Buffer, Buffer[]][]).map(
      ([id, fields]) => `${String(id)} ${String(fields[1]).slice(1)}`,
    );
    return { epoch, offset: Number(offset), events };
  }

  async positions(seen: readonly [channel: string, seen: string][]): Promise<unknown[]> {
    const keys = seen.flatMap(([channel]) => [this.keys.position(channel), this.keys.history(channel)]);
    return (await this.link.run(POSITIONS, keys, [
      this.now,
      TTL.position,
      '',
      ...seen.map(([, top]) => top),
    ])) as unknown[];
  }

  async acknowledge(channel: string, user: string, epoch: string, offset: number) {
    const keys = [this.keys.position(channel), this.keys.acknowledged(channel)];
    await this.link.run(ACKNOWLEDGE, keys, [user, epoch, offset, TTL.position]);
    return this.link.run(ACKNOWLEDGED, keys, [user]);
  }

  async clear(channel: string): Promise<void> {
    await this.link.run(CLEAR, [this.keys.position(channel), this.keys.history(channel)], [this.keys.events(channel)]);
  }

  async present(channel: string, node: string, user: string, connections: number, delay: number): Promise<void> {
    const ofNode = [this.keys.presenceOfNode(channel, node), this.keys.channelsOfNode(channel, node)];
    const args = [
      ...this.about(channel),
      user,
      connections,
      delay,
      3_600_000,
      '1',
      `"${user}"`,
      '1',
      `\n"${user}"`,
      '',
    ];
    await this.link.run(PRESENT, [...this.membersOf(channel), ...ofNode], args);
  }

  async sweep(): Promise<void> {
    const away = PARTITION_TAGS.map((_, partition) => this.keys.away(partition));
    const due = (await this.link.run(DUE, away, [this.now, 100])) as string[];
    for (const member of due) {
      const end = member.indexOf('\n');
      const name = member.slice(0, end);
      await this.link.run(SWEEP, this.membersOf(name), [...this.about(name), member.slice(end + 1)]);
    }
  }

  async reap(channel: string, node: string): Promise<void> {
    const ofNode = [this.keys.presenceOfNode(channel, node), this.keys.channelsOfNode(channel, node)];
    const fence = this.keys.fence(this.keys.partitionOf(channel), node);
    const keys = [...this.membersOf(channel), ...ofNode, fence];
    while (Number(await this.link.run(REAP, keys, [...this.about(channel), '', '', 2])) > 0);
  }

  /** @returns users left, or -1 */
  async reapWithFence(channel: string, node: string, fence: string): Promise<unknown> {
    const ofNode = [this.keys.presenceOfNode(channel, node), this.keys.channelsOfNode(channel, node)];
    const keys = [...this.membersOf(channel), ...ofNode, this.keys.fence(this.keys.partitionOf(channel), node)];
    return this.link.run(REAP, keys, [...this.about(channel), fence, '', 2]);
  }

  /** A node has come back. */
  async setFence(channel: string, node: string, fence: string): Promise<void> {
    await this.link.call('SET', [this.keys.fence(this.keys.partitionOf(channel), node), fence], 'write');
  }

  async members(channel: string): Promise<unknown> {
    const { arrivals, counts, infos, stats } = this.keys.presence(channel);
    const flat = (await this.link.run(MEMBERS_OF, [arrivals, counts, infos], [100])) as string[];
    const users = Object.fromEntries(
      flat.flatMap((user, index) => (index % 3 === 0 ? [[user, Number(flat[index + 1])]] : [])),
    );
    const all = Number((await this.link.call('HGET', [stats, 'c'], 'read')) ?? 0);
    return { users, all };
  }

  /** What was published in a channel, all of it. */
  async announcements(channel: string): Promise<string[]> {
    await this.link.call('PUBLISH', [this.keys.events(channel), 'end'], 'write');
    const texts = () => this.heard.filter(([name]) => name === channel).map(([, text]) => text);
    await vi.waitUntil(() => texts().includes('end'), { timeout: 20_000, interval: 1 });
    return texts()
      .filter((text) => text !== 'end')
      .map((text) => `${text[0]} ${text.split('\n')[2]}`);
  }

  private about(channel: string): [number, string, string] {
    return [this.now, channel, this.keys.events(channel)];
  }

  private membersOf(channel: string): string[] {
    const { arrivals, infos, announcements, counts, stats, away } = this.keys.presence(channel);
    return [arrivals, infos, announcements, counts, stats, away];
  }
}

interface Kept {
  readonly offset: number;
  readonly time: number;
  readonly data: string;
}

/** A channel as a reader of the documentation would write it. */
class ModelChannel {
  epoch: string | undefined;
  replication = 0;
  offset = 0;
  ttl = 0;
  events: Kept[] = [];

  /** Whether an epoch is the one that is expected: another one than ever before if it had to change. */
  accepts(epoch: string, replication: number, used: Set<string>): boolean {
    const isNew = this.epoch === undefined || this.replication !== replication;
    const isRight = isNew ? !used.has(epoch) : epoch === this.epoch;
    used.add(epoch);
    this.epoch = epoch;
    this.replication = replication;
    return isRight;
  }

  expire(now: number): void {
    this.events = this.events.filter(({ time }) => time + this.ttl > now);
  }
}

const channel = fc.constantFrom(...CHANNELS);
const historyOperation = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('publish' as const),
      channel,
      size: fc.integer({ min: 1, max: 4 }),
      ttl: fc.constantFrom(1000, 5000),
      key: fc.option(fc.constantFrom('k', 'l'), { nil: undefined }),
      isMirrored: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(1, 999, 4000, 300_000) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('acknowledge' as const), channel, ahead: fc.integer({ min: -2, max: 1 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('clear' as const, 'forget' as const), channel }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('fail over' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('positions' as const), channel, ahead: fc.integer({ min: 0, max: 1 }) }),
  },
);

describe('the scripts of Redis', () => {
  it('keep histories, positions, idempotency keys and acknowledgements as their model does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(historyOperation, { maxLength: 40 }), async (operations) => {
        const rig = await Rig.start();
        const used = new Set<string>();
        const keys = new Map<string, { epoch: string; offset: number; until: number }>();
        const acknowledged = new Map<string, string>();
        const channels = new Map(CHANNELS.map((name) => [name, new ModelChannel()]));
        const of = (name: string): ModelChannel => channels.get(name)!;
        let replication = 0;
        let count = 0;
        try {
          for (const operation of operations) {
            if (operation.do === 'pass') rig.now += operation.ms;
            if (operation.do === 'fail over') {
              await redis.send('DEBUG', 'CHANGE-REPL-ID');
              replication += 1;
            }
            if (operation.do === 'publish') {
              const { channel: name, size, ttl, key, isMirrored } = operation;
              const mirror = isMirrored ? CHANNELS.find((other) => other !== name) : undefined;
              count += 1;
              const receipt = await rig.publish(name, `${count}`, size, ttl, key, mirror);
              const known = key === undefined ? undefined : keys.get(`${name} ${key}`);
              if (known !== undefined && known.until > rig.now) {
                expect(receipt).toEqual({ epoch: known.epoch, offset: known.offset, isDuplicate: true });
                continue;
              }
              for (const each of mirror === undefined ? [name] : [name, mirror]) {
                const model = of(each);
                model.expire(rig.now);
                model.offset += 1;
                model.ttl = ttl;
                model.events = [...model.events, { offset: model.offset, time: rig.now, data: `${count}` }].slice(
                  -size,
                );
              }
              expect(of(name).accepts(receipt.epoch, replication, used)).toBe(true);
              if (mirror !== undefined)
                expect(of(mirror).accepts((await rig.history(mirror)).epoch, replication, used)).toBe(true);
              expect(receipt.offset).toBe(of(name).offset);
              if (key !== undefined) {
                keys.set(`${name} ${key}`, { ...receipt, until: rig.now + TTL.key });
              }
            }
            if (operation.do === 'clear') {
              await rig.clear(operation.channel);
              of(operation.channel).events = [];
            }
            if (operation.do === 'forget') {
              await redis.send('DEL', rig.keys.position(operation.channel));
              channels.set(operation.channel, new ModelChannel());
              acknowledged.delete(operation.channel);
            }
            if (operation.do === 'acknowledge') {
              const { channel: name, ahead } = operation;
              const { epoch = 'none', offset } = of(name);
              const at = Math.max(0, offset + ahead);
              const before = acknowledged.get(name)?.split(' ') ?? [];
              const isKept =
                of(name).epoch !== undefined && at <= offset && !(before[0] === epoch && Number(before[1]) >= at);
              if (isKept) acknowledged.set(name, `${epoch} ${at}`);
              const kept = acknowledged.get(name);
              expect(await rig.acknowledge(name, 'ann', epoch, at)).toBe(
                kept?.startsWith(`${epoch} `) === true ? kept : null,
              );
            }
            if (operation.do === 'positions') {
              const { channel: name, ahead } = operation;
              const model = of(name);
              const seen = model.epoch === undefined ? '' : `${model.epoch} ${model.offset + ahead}`;
              const [epoch, offset] = await rig.positions([[name, seen]]);
              // Whoever has seen more than is there makes it begin anew.
              if (seen !== '' && ahead > 0) model.replication = -1;
              expect(model.accepts(String(epoch), replication, used)).toBe(true);
              expect(offset).toBe(model.offset);
            }
          }
          for (const name of CHANNELS) {
            const model = of(name);
            const { epoch, offset, events } = await rig.history(name);
            expect(model.accepts(epoch, replication, used)).toBe(true);
            model.expire(rig.now);
            expect(offset).toBe(model.offset);
            expect(events).toEqual(model.events.map((event) => `${event.offset}-${event.time} ${event.data}`));
          }
        } finally {
          rig.stop();
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('count nobody off whose node has come back since it was taken for dead', async () => {
    const rig = await Rig.start();
    await rig.present('a', 'n1', 'ann', 1, 0);
    await rig.setFence('a', 'n1', 'back');
    expect(await rig.reapWithFence('a', 'n1', '')).toBe(-1);
    expect(await rig.members('a')).toEqual({ users: { ann: 1 }, all: 1 });
    expect(await rig.reapWithFence('a', 'n1', 'back')).toBe(0);
    expect(await rig.members('a')).toEqual({ users: {}, all: 0 });
    rig.stop();
  });

  it('count members, let them be away, and announce joins and leaves in turns, as their model does', async () => {
    const [node, user] = [fc.constantFrom('n1', 'n2'), fc.constantFrom('ann', 'bob', 'жб"\n')];
    const delay = fc.constantFrom(0, 1000);
    const operation = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({ do: fc.constant('present' as const), node, user, connections: fc.nat(2), delay }),
      },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(1, 999, 1000) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('sweep' as const) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('die' as const), node }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 40 }), async (operations) => {
        const rig = await Rig.start();
        const counts = new Map<string, number>();
        const members = new Map<string, number | undefined>();
        const announced: string[] = [];
        const totalOf = (name: string): number => (counts.get(`n1 ${name}`) ?? 0) + (counts.get(`n2 ${name}`) ?? 0);
        const leave = (name: string): void => {
          members.delete(name);
          announced.push(`l "${name}"`);
        };
        let lastDelay = 0;
        const set = (name: string, place: string, connections: number, leaveDelay: number): void => {
          counts.set(place, connections);
          if (connections > 0) {
            lastDelay = leaveDelay;
            if (!members.has(name)) announced.push(`j "${name}"`);
            members.set(name, undefined);
          }
          if (totalOf(name) > 0 || !members.has(name)) return;
          if (leaveDelay === 0) leave(name);
          else members.set(name, members.get(name) ?? rig.now + leaveDelay);
        };
        try {
          for (const each of operations) {
            if (each.do === 'pass') rig.now += each.ms;
            if (each.do === 'present') {
              await rig.present('a', each.node, each.user, each.connections, each.delay);
              set(each.user, `${each.node} ${each.user}`, each.connections, each.delay);
            }
            if (each.do === 'die') {
              await rig.reap('a', each.node);
              const gone = [...counts].filter(([place, number]) => place.startsWith(`${each.node} `) && number > 0);
              for (const [place] of gone) set(place.slice(3), place, 0, lastDelay);
            }
            if (each.do === 'sweep') {
              await rig.sweep();
              for (const [name, until] of members) if (until !== undefined && until <= rig.now) leave(name);
            }
            const users = Object.fromEntries([...members.keys()].map((name) => [name, totalOf(name)]));
            const all = Object.values(users).reduce((sum, number) => sum + number, 0);
            expect(await rig.members('a')).toEqual({ users, all });
          }
          const heard = await rig.announcements('a');
          // Who leaves in one step with another leaves in any order.
          expect(heard.toSorted()).toEqual(announced.map((text) => text.split('\n')[0]!).toSorted());
          for (const name of ['ann', 'bob']) {
            const kinds = heard.filter((text) => text.endsWith(`"${name}"`)).map((text) => text[0]);
            expect(kinds).toEqual(kinds.map((_, index) => (index % 2 === 0 ? 'j' : 'l')));
          }
        } finally {
          rig.stop();
        }
      }),
      { numRuns: RUNS },
    );
  });
});
