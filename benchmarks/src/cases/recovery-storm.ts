import { setTimeout as sleep } from 'node:timers/promises';
import type { ChannelPosition } from '../dialects/dialect.js';
import type { ConnectPlan } from '../load/load-messages.js';
import { plainOptions } from '../server/peers/peer-server.js';
import { RedisEngine } from '../suite/redis-engine.js';
import type { Rig } from '../suite/rig.js';
import type { BenchCase, Figure } from './bench-case.js';
import { broadcastRound } from './broadcast-round.js';
import { count } from './count.js';
import { clientLoad } from './figures.js';
import type { Scale } from './scale.js';

/** Places of the nodes: the clients are on the others, until all of them come to the fresh one. */
const OTHERS = [0, 1];
const FRESH = 2;
const NODES = OTHERS.length + 1;
const WARMING_CONNECTIONS = 300;
const EVENTS = 50;
const OPENINGS_AT_ONCE = 200;
const TIMEOUT_MS = 50_000;
/** Time after which a node has noticed that the connections of a round are closed. */
const SETTLE_MS = 500;

const SIDE = 'ours, 3 nodes, history';

const figures: readonly Figure[] = [
  { name: 'told', label: 'all told after the restart of Redis', unit: 's', better: 'lower' },
  { name: 'back', label: 'all back on a fresh node', unit: 's', better: 'lower' },
  { name: 'cpu', label: 'CPU of that node per recovery', unit: 'µs', better: 'lower' },
  { name: 'reads', label: 'history read from Redis', unit: 'times', better: 'lower' },
  clientLoad,
];

/**
 * Two storms: all clients come back at once, to a node that does not have the channel open; then Redis restarts and has
 * lost everything, and all subscribers have to be told.
 */
export function recoveryStorm(scale: Scale): BenchCase {
  const connections = scale.of(10_000, 500);
  return {
    id: 'C3',
    title: `${count(connections)} clients of one channel, when Redis restarts empty and when all come back at once`,
    how:
      `Told: from the kill of Redis until the last subscriber has \`recovered: false\`. Back: all connect to a node that has not ` +
      `had the channel open, ${OPENINGS_AT_ONCE} handshakes at once, and recover ${EVENTS} events each.`,
    figures,
    plots: ['back'],
    contestants: [{ name: SIDE, peer: 'ours', options: { ...plainOptions, history: true }, nodes: NODES }],
    targets: [
      { figure: 'told', of: SIDE, atMost: 30 },
      { figure: 'back', of: SIDE, atMost: 30 },
      { figure: 'reads', of: SIDE, atMost: 32 },
    ],
    maxRounds: 3,
    async prepare(rig) {
      const load = new StormLoad(rig, connections);
      await load.openSome();
      return {
        async round() {
          const since = await load.openAndPublish();
          const back = await load.comeBack(since);
          const told = await load.tellAll();
          await load.drop();
          return { figures: { ...back, told }, remarks: [] };
        },
      };
    },
  };
}

/** The clients of one round, first on the nodes that are not {@link FRESH}. */
class StormLoad {
  constructor(
    private readonly rig: Rig,
    private readonly connections: number,
  ) {}

  /** Warms all nodes up. */
  async openSome(): Promise<void> {
    await this.connect({ connections: WARMING_CONNECTIONS });
    await this.drop();
  }

  /** @returns the position before the events */
  async openAndPublish(): Promise<ChannelPosition> {
    const { position } = await this.connect({ connections: this.connections, nodes: OTHERS });
    if (position === undefined) throw new Error('The channel has no position.');
    await broadcastRound(this.rig, {
      publish: { channels: 1, bytes: 128, ticksPerSecond: 20, perTick: 1, ticks: EVENTS },
      subscribersPerChannel: this.connections,
      measureLatency: false,
      measureLoopDelay: false,
    });
    return position;
  }

  /** All clients are cut, and recover on the fresh node. */
  async comeBack(since: ChannelPosition): Promise<Record<string, number>> {
    const { load, others } = this.rig;
    const { redis } = this;
    const fresh = others[FRESH - 1];
    if (fresh === undefined) throw new Error('The storm needs several nodes.');
    await this.drop();
    const readsBefore = await redis.callsOf('xrange');
    await load.ask({ kind: 'begin', measureLatency: false });
    await fresh.ask({ kind: 'begin', measureLoopDelay: false });
    const startedAt = performance.now();
    await this.connect({ connections: this.connections, nodes: [FRESH], since });
    await this.delivered(this.connections * EVENTS);
    const seconds = (performance.now() - startedAt) / 1000;
    const { cpuMicros } = await fresh.ask({ kind: 'end' });
    const { utilisation } = await load.ask({ kind: 'end' });
    return {
      back: seconds,
      cpu: cpuMicros / this.connections,
      reads: (await redis.callsOf('xrange')) - readsBefore,
      [clientLoad.name]: utilisation * 100,
    };
  }

  /** @returns seconds from the kill of Redis until the last subscriber has its notice */
  async tellAll(): Promise<number> {
    const { load } = this.rig;
    await load.ask({ kind: 'begin', measureLatency: false });
    const startedAt = performance.now();
    await this.redis.restart();
    await this.delivered(this.connections);
    return (performance.now() - startedAt) / 1000;
  }

  private get redis(): RedisEngine {
    const { engine } = this.rig;
    if (!(engine instanceof RedisEngine)) throw new Error('The storm needs a Redis.');
    return engine;
  }

  async drop(): Promise<void> {
    await this.rig.load.ask({ kind: 'drop' });
    await sleep(SETTLE_MS);
  }

  private connect(plan: Pick<ConnectPlan, 'connections' | 'nodes' | 'since'>) {
    const whole = { channels: 1, ownChannels: 0, atOnce: OPENINGS_AT_ONCE, ...plan };
    return this.rig.load.ask({ kind: 'connect', plan: whole });
  }

  /** @throws Error unless so many messages arrive in time */
  private async delivered(messages: number): Promise<void> {
    const { complete } = await this.rig.load.ask({ kind: 'await', deliveries: messages, timeoutMs: TIMEOUT_MS });
    if (!complete) throw new Error(`Fewer than ${messages} messages came within ${TIMEOUT_MS / 1000} s.`);
  }
}
