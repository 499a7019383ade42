import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { CONTROL_TAG } from '../../libs/redis/src/keys/keys.js';
import { PARTITION_TAGS } from '../../libs/redis/src/keys/partition.js';
import { slotOf } from '../../libs/redis/src/keys/slot.js';
import { freePort } from './free-port.js';
import { RedisServer } from './redis-server.js';

const SLOTS = 16_384;
const READY_MS = 20_000;

type Settings = readonly string[] | (() => Promise<readonly string[]>);

interface Shape {
  readonly primaries?: number;
  /** Of each primary. */
  readonly replicas?: number;
  /** As on the command line of Redis, for each server. */
  readonly settings?: Settings;
}

type AtEnd = (end: () => Promise<void>) => void;

/** A Redis Cluster of the test: primaries with equal ranges of slots, each with its replicas. */
export class RedisShards {
  private constructor(
    readonly primaries: RedisServer[],
    /** By the place of their primary. */
    readonly replicas: readonly (readonly RedisServer[])[],
    private readonly settings: Settings,
    private readonly atEnd: AtEnd,
    private readonly busPorts: Map<RedisServer, number>,
  ) {}

  static async start(
    { primaries = 3, replicas = 0, settings = [] }: Shape = {},
    atEnd: AtEnd = onTestFinished,
  ): Promise<RedisShards> {
    const shards = new RedisShards(
      [],
      Array.from({ length: primaries }, () => []),
      settings,
      atEnd,
      new Map(),
    );
    for (let index = 0; index < primaries; index += 1) {
      const server = await shards.spawn();
      const [first, end] = [index, index + 1].map((each) => Math.floor((each * SLOTS) / primaries)) as [number, number];
      await shards.order(server, 'CLUSTER', 'SET-CONFIG-EPOCH', `${index + 1}`);
      await shards.order(server, 'CLUSTER', 'ADDSLOTSRANGE', `${first}`, `${end - 1}`);
      shards.primaries.push(server);
    }
    await shards.meet(shards.primaries);
    const adding = shards.primaries.flatMap((_, index) => Array.from({ length: replicas }, () => index));
    await shards.addReplicas(adding);
    return shards;
  }

  get all(): RedisServer[] {
    return [...this.primaries, ...this.replicas.flat()];
  }

  get url(): string {
    return this.primaries[0]!.url;
  }

  /** Adds a primary without slots. */
  async addPrimary(): Promise<RedisServer> {
    const server = await this.spawn();
    this.primaries.push(server);
    await this.meet([...this.all]);
    return server;
  }

  async idOf(server: RedisServer): Promise<string> {
    return /[0-9a-f]{40}/.exec(await server.send('CLUSTER', 'MYID'))?.[0] ?? '';
  }

  /** The primary that has a slot, as the first server that answers says. */
  async ownerOf(slot: number): Promise<RedisServer> {
    for (const server of this.all) {
      const said = await server.send('CLUSTER', 'NODES').catch(() => '');
      for (const line of said.split('\n')) {
        const [, address = '', flags = '', , , , , , ...ranges] = line.trim().split(' ');
        const has = ranges.some((range) => {
          const [first, last = first] = range.split('-').map(Number) as [number, number?];
          return slot >= first && slot <= (last ?? first);
        });
        if (flags.includes('master') && !flags.includes('fail') && has) {
          const port = Number(/:(\d+)@/.exec(address)?.[1]);
          const owner = this.all.find((each) => each.port === port);
          if (owner !== undefined) return owner;
        }
      }
    }
    throw new Error(`Nobody has slot ${slot}.`);
  }

  /** Moves a slot with all its keys, as `redis-cli --cluster reshard` does. */
  async move(tag: string, to: RedisServer, whileMoving: () => Promise<void> = async () => undefined): Promise<void> {
    const slot = slotOf(tag);
    const from = await this.ownerOf(slot);
    await this.order(to, 'CLUSTER', 'SETSLOT', `${slot}`, 'IMPORTING', await this.idOf(from));
    await this.order(from, 'CLUSTER', 'SETSLOT', `${slot}`, 'MIGRATING', await this.idOf(to));
    await whileMoving();
    for (;;) {
      const reply = await from.send('CLUSTER', 'GETKEYSINSLOT', `${slot}`, '1');
      const key = /^\*1\r\n\$\d+\r\n([^]*)\r\n$/.exec(reply)?.[1];
      if (key === undefined) break;
      // Names may have line feeds, which an inline command has escaped.
      const quoted = `"${key.replaceAll('\n', String.raw`\n`)}"`;
      await this.order(from, 'MIGRATE', '127.0.0.1', `${to.port}`, quoted, '0', '5000', 'REPLACE');
    }
    const id = await this.idOf(to);
    for (const server of [to, from]) await this.order(server, 'CLUSTER', 'SETSLOT', `${slot}`, 'NODE', id);
    for (const server of this.primaries) {
      if (server !== to && server !== from) await server.send('CLUSTER', 'SETSLOT', `${slot}`, 'NODE', id);
    }
  }

  /** Moves all partitions of a primary. */
  async moveAll(from: RedisServer, to: RedisServer): Promise<void> {
    for (const tag of [...PARTITION_TAGS, CONTROL_TAG]) {
      if ((await this.ownerOf(slotOf(tag))) === from) await this.move(tag, to);
    }
  }

  /** @param places that of the primary of each */
  private async addReplicas(places: readonly number[]): Promise<void> {
    if (places.length === 0) return;
    const added = await Promise.all(places.map(() => this.spawn()));
    for (const [index, place] of places.entries()) (this.replicas[place] as RedisServer[]).push(added[index]!);
    await this.meet(this.all);
    for (const [index, place] of places.entries()) {
      await this.order(added[index]!, 'CLUSTER', 'REPLICATE', await this.idOf(this.primaries[place]!));
    }
    const isUp = async (each: RedisServer): Promise<boolean> =>
      (await each.send('INFO', 'replication')).includes('master_link_status:up');
    await until(async () => (await Promise.all(added.map(isUp))).every(Boolean));
    const ids = await Promise.all(added.map((each) => this.idOf(each)));
    const knowsAll = async (each: RedisServer): Promise<boolean> => {
      const slots = await each.send('CLUSTER', 'SLOTS');
      return ids.every((id) => slots.includes(id));
    };
    await until(async () => (await Promise.all(this.all.map(knowsAll))).every(Boolean));
  }

  private async spawn(): Promise<RedisServer> {
    const bus = await freePort();
    const own = ['--cluster-enabled', 'yes', '--cluster-port', `${bus}`, '--cluster-node-timeout', '1000'];
    const rest = ['--cluster-require-full-coverage', 'no', '--cluster-replica-validity-factor', '0'];
    const settings = typeof this.settings === 'function' ? await this.settings() : this.settings;
    const server = await RedisServer.start([...own, ...rest, ...settings], this.atEnd);
    this.busPorts.set(server, bus);
    return server;
  }

  /** Has all of them know each other. */
  private async meet(servers: readonly RedisServer[]): Promise<void> {
    const [first, ...others] = servers as [RedisServer, ...RedisServer[]];
    for (const each of others) {
      await this.order(first, 'CLUSTER', 'MEET', '127.0.0.1', `${each.port}`, `${this.busPorts.get(each)}`);
    }
    const isReady = async (server: RedisServer): Promise<boolean> => {
      const nodes = (await server.send('CLUSTER', 'NODES')).split('\n').filter((line) => line.includes(' connected'));
      return nodes.length === servers.length && (await server.send('CLUSTER', 'INFO')).includes('cluster_state:ok');
    };
    await until(async () => (await Promise.all(servers.map(isReady))).every(Boolean));
  }

  private async order(server: RedisServer, ...words: readonly string[]): Promise<void> {
    const reply = await server.send(...words);
    if (reply.startsWith('-')) throw new Error(`${words.join(' ')}: ${reply}`);
  }
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + READY_MS; !(await holds());) {
    if (performance.now() > end) throw new Error('The Redis Cluster is not ready.');
    await delay(20);
  }
}
