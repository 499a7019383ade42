import type { Rig } from '../suite/rig.js';
import type { BenchCase, Contestant } from './bench-case.js';
import { broadcastRound, type RoundPlan, type RoundUsage } from './broadcast-round.js';
import {
  bytesPerDelivery,
  clientLoad,
  cpuPerDelivery,
  deliveryRate,
  latencyFigures,
  loopDelayFigures,
  rssPerConnection,
  serverLoad,
} from './figures.js';
import { connect, MemoryProbe } from './rig-steps.js';
import { coreShare } from './remarks.js';
import type { Traffic } from './traffic.js';

type Extra = 'latency' | 'loop-delay' | 'memory';

type Description = Omit<BenchCase, 'figures' | 'plots' | 'prepare'> & {
  readonly traffic: (contestant: Contestant) => Traffic;
  /** What is measured beside CPU per delivery. */
  readonly extra?: Extra;
};

const WARM_UP_SHARE = 0.5;

const base = [cpuPerDelivery, deliveryRate, serverLoad, clientLoad];

const measured: Readonly<Record<Extra | 'none', Pick<BenchCase, 'figures' | 'plots'>>> = {
  none: { figures: base, plots: ['cpu'] },
  latency: { figures: [...latencyFigures, ...base], plots: ['p99', 'p50'] },
  'loop-delay': { figures: [...loopDelayFigures, ...base], plots: ['p999'] },
  memory: { figures: [...base, bytesPerDelivery, rssPerConnection], plots: ['cpu', 'rss'] },
};

/** A case that publishes at a fixed rate at which nobody should saturate. */
export function broadcastCase({ traffic, extra, ...rest }: Description): BenchCase {
  return {
    ...rest,
    ...measured[extra ?? 'none'],
    async prepare(rig, contestant) {
      const load = traffic(contestant);
      const warmUp = (): Promise<RoundUsage> =>
        broadcastRound(rig, roundPlan(load, load.seconds * WARM_UP_SHARE, extra));
      const rss = extra === 'memory' ? { rss: await rssOfSubscribers(rig, load, warmUp) } : {};
      if (extra !== 'memory') {
        await connect(rig, load);
        await warmUp();
      }
      return {
        async round() {
          const usage = await broadcastRound(rig, roundPlan(load, load.seconds, extra));
          return { figures: { ...figuresOf(usage), ...rss }, remarks: usage.remarks };
        },
      };
    },
  };
}

/** Taken once, soon after the connections came: what the process gives back later has nothing to do with them. */
async function rssOfSubscribers(rig: Rig, load: Traffic, deliver: () => Promise<unknown>): Promise<number> {
  const memory = await MemoryProbe.before(rig);
  await connect(rig, load);
  await deliver();
  return memory.perConnection(rig, load.connections);
}

function roundPlan(traffic: Traffic, seconds: number, extra: Extra | undefined): RoundPlan {
  const { channels, connections, bytes, ticksPerSecond, perTick } = traffic;
  return {
    publish: { channels, bytes, ticksPerSecond, perTick, ticks: Math.max(1, Math.round(ticksPerSecond * seconds)) },
    subscribersPerChannel: connections / channels,
    measureLatency: extra === 'latency',
    measureLoopDelay: extra === 'loop-delay',
  };
}

function figuresOf({ server, load }: RoundUsage): Record<string, number> {
  return {
    [cpuPerDelivery.name]: server.cpuMicros / load.deliveries,
    [deliveryRate.name]: load.deliveries / (server.wallMs / 1000),
    [bytesPerDelivery.name]: load.bytes / load.deliveries,
    [serverLoad.name]: coreShare(server) * 100,
    [clientLoad.name]: load.utilisation * 100,
    ...load.latency,
    ...server.loopDelay,
  };
}
