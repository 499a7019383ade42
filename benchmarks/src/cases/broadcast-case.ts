import type { Rig } from '../suite/rig.js';
import type { BenchCase } from './bench-case.js';
import type { Contestant } from './contestant.js';
import { cpuFigures, cpuPer } from './cpu-figures.js';
import { broadcastRound, type RoundPlan, type RoundUsage } from './broadcast-round.js';
import {
  bytesPerDelivery,
  clientLoad,
  deliveryRate,
  enginePerPublish,
  heapPerConnection,
  latencyFigures,
  loopDelayFigures,
  rssPerConnection,
  serverLoad,
} from './figures.js';
import { connect, MemoryProbe } from './rig-steps.js';
import { coreShare } from './remarks.js';
import type { Traffic } from './traffic.js';

type Extra = 'latency' | 'loop-delay' | 'engine' | { readonly rssOf: number };

type Description = Omit<BenchCase, 'figures' | 'plots' | 'prepare'> & {
  readonly traffic: (contestant: Contestant) => Traffic;
  /** Figures to measure beside CPU per delivery. */
  readonly extra?: Extra;
};

const WARM_UP_SHARE = 0.5;
const DELIVERIES_BEFORE_RSS = 5;
const DELIVERIES_PER_SECOND_BEFORE_RSS = 4000;

const base = [...cpuPer('delivery'), deliveryRate, serverLoad, clientLoad];

const plain = { figures: base, plots: ['cpu'] };
const measuring = {
  latency: { figures: [...latencyFigures, ...base], plots: ['p99', 'p50'] },
  engine: { figures: [...base, enginePerPublish, ...latencyFigures], plots: ['cpu', 'engine'] },
  'loop-delay': { figures: [...loopDelayFigures, ...base], plots: ['p999'] },
  memory: { figures: [...base, bytesPerDelivery, rssPerConnection, heapPerConnection], plots: ['cpu', 'rss'] },
} as const satisfies Readonly<Record<string, Pick<BenchCase, 'figures' | 'plots'>>>;

function measuredWith(extra: Extra | undefined): Pick<BenchCase, 'figures' | 'plots'> {
  if (extra === undefined) return plain;
  return measuring[typeof extra === 'object' ? 'memory' : extra];
}

/** Makes a case that publishes at a fixed rate, low enough that no server saturates. */
export function broadcastCase({ traffic, extra, ...rest }: Description): BenchCase {
  return {
    ...rest,
    ...measuredWith(extra),
    async prepare(rig, contestant) {
      const load = traffic(contestant);
      const memory = typeof extra === 'object' ? await memoryOfSubscribers(rig, extra.rssOf, load) : {};
      await connect(rig, load);
      await broadcastRound(rig, roundPlan(load, load.seconds * WARM_UP_SHARE, extra));
      return {
        async round() {
          const plan = roundPlan(load, load.seconds, extra);
          const usage = await broadcastRound(rig, plan);
          const engine = usage.engineMicros / (plan.publish.ticks * plan.publish.perTick);
          return {
            figures: { ...figuresOf(usage), ...memory, [enginePerPublish.name]: engine },
            remarks: usage.remarks,
          };
        },
      };
    },
  };
}

/**
 * Measures the memory per connection once, before the rounds and right after the first deliveries. Memory that V8 frees
 * later was not held by the connections, and would falsify the difference.
 */
async function memoryOfSubscribers(rig: Rig, connections: number, { bytes }: Traffic): Promise<Record<string, number>> {
  const probe = await MemoryProbe.before(rig);
  await connect(rig, { connections, channels: 1, ownChannels: 0 });
  const ticksPerSecond = DELIVERIES_PER_SECOND_BEFORE_RSS / connections;
  const publish = { channels: 1, bytes, ticksPerSecond, perTick: 1, ticks: DELIVERIES_BEFORE_RSS };
  await broadcastRound(rig, {
    publish,
    subscribersPerChannel: connections,
    measureLatency: false,
    measureLoopDelay: false,
  });
  const memory = await probe.perConnection(rig, connections);
  await rig.load.ask({ kind: 'drop' });
  return memory;
}

function roundPlan(traffic: Traffic, seconds: number, extra: Extra | undefined): RoundPlan {
  const { channels, connections, bytes, ticksPerSecond, perTick } = traffic;
  return {
    publish: { channels, bytes, ticksPerSecond, perTick, ticks: Math.max(1, Math.round(ticksPerSecond * seconds)) },
    subscribersPerChannel: connections / channels,
    measureLatency: extra === 'latency' || extra === 'engine',
    measureLoopDelay: extra === 'loop-delay',
  };
}

function figuresOf({ server, load }: RoundUsage): Record<string, number> {
  return {
    ...cpuFigures(server, load.deliveries),
    [deliveryRate.name]: load.deliveries / (server.wallMs / 1000),
    [bytesPerDelivery.name]: load.bytes / load.deliveries,
    [serverLoad.name]: coreShare(server) * 100,
    [clientLoad.name]: load.utilisation * 100,
    ...load.latency,
    ...server.loopDelay,
  };
}
