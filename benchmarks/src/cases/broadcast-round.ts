import type { LoadUsage } from '../load/load-messages.js';
import type { PublishPlan } from '../server/publish-plan.js';
import type { ServerUsage } from '../server/server-messages.js';
import type { Rig } from '../suite/rig.js';
import { remarksOn } from './remarks.js';

const DRAIN_TIMEOUT_MS = 20_000;
/** Lag between the last publish and the last delivery above which the round gets a remark. */
const BEHIND_MS = 500;
const MANY_LATE_TICKS = 0.25;

export interface RoundPlan {
  readonly publish: PublishPlan;
  readonly subscribersPerChannel: number;
  readonly measureLatency: boolean;
  readonly measureLoopDelay: boolean;
}

export interface RoundUsage {
  /** Sum over all nodes. */
  readonly server: ServerUsage;
  /** CPU of the engine that connects the nodes; 0 without one. */
  readonly engineMicros: number;
  readonly load: LoadUsage;
  /** Time from the last publish to the last delivery. */
  readonly lagMs: number;
  readonly remarks: readonly string[];
}

/**
 * Publishes by the plan and waits until the client has counted every delivery. CPU time is measured from the first
 * publish to the last delivery.
 * @throws Error when deliveries are missing
 */
export async function broadcastRound(rig: Rig, plan: RoundPlan): Promise<RoundUsage> {
  const { server, others, load, engine } = rig;
  const nodes = [server, ...others];
  const { publish, subscribersPerChannel, measureLatency, measureLoopDelay } = plan;
  const deliveries = publish.ticks * publish.perTick * subscribersPerChannel;
  await load.ask({ kind: 'begin', measureLatency });
  await Promise.all(nodes.map((node) => node.ask({ kind: 'begin', measureLoopDelay })));
  const engineBefore = (await engine?.cpuMicros()) ?? 0;
  const { lateTicks } = await server.ask({ kind: 'publish', plan: publish });
  const { complete, waitedMs } = await load.ask({ kind: 'await', deliveries, timeoutMs: DRAIN_TIMEOUT_MS });
  const engineMicros = ((await engine?.cpuMicros()) ?? 0) - engineBefore;
  const spent = await Promise.all(nodes.map((node) => node.ask({ kind: 'end' })));
  const seen = await load.ask({ kind: 'end' });
  if (!complete || seen.closed > 0) {
    throw new Error(`${seen.deliveries} of ${deliveries} deliveries came; ${seen.closed} connections were closed.`);
  }
  return {
    server: sumOf(spent),
    engineMicros,
    load: seen,
    lagMs: waitedMs,
    remarks: [
      ...new Set(spent.flatMap((each) => remarksOn(each, seen))),
      ...(waitedMs > BEHIND_MS ? ['the last deliveries came more than half a second late'] : []),
      ...(lateTicks > publish.ticks * MANY_LATE_TICKS ? ['many ticks of the publisher came late'] : []),
    ],
  };
}

function sumOf(spent: readonly ServerUsage[]): ServerUsage {
  const sum = (part: (usage: ServerUsage) => number | undefined): number =>
    spent.reduce((total, usage) => total + (part(usage) ?? NaN), 0);
  return {
    ...(spent[0] as ServerUsage),
    cpuMicros: sum(({ cpuMicros }) => cpuMicros),
    userMicros: sum(({ userMicros }) => userMicros),
    systemMicros: sum(({ systemMicros }) => systemMicros),
  };
}
