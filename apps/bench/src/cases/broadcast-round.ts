import type { Rig } from '../suite/rig.js';
import type { PublishPlan } from '../server/publish-plan.js';
import type { LoadUsage } from '../load/load-messages.js';
import type { ServerUsage } from '../server/server-messages.js';
import type { Sample } from './bench-case.js';

const DRAIN_TIMEOUT_MS = 20_000;
/** A client that is so long behind after the last publish was the slower side. */
const BEHIND_MS = 500;
const BUSY = 0.9;

export interface BroadcastRound {
  readonly server: ServerUsage;
  readonly load: LoadUsage;
  readonly remarks: readonly string[];
}

/** Publishes by the plan and waits until the client has counted every delivery; CPU is taken over both. */
export async function broadcastRound(
  { server, load }: Rig,
  plan: PublishPlan,
  subscribersPerChannel: number,
  measureLatency = false,
): Promise<BroadcastRound> {
  await load.ask({ kind: 'begin', measureLatency });
  await server.ask({ kind: 'begin' });
  const { lateTicks } = await server.ask({ kind: 'publish', plan });
  const deliveries = plan.ticks * plan.perTick * subscribersPerChannel;
  const { complete, waitedMs } = await load.ask({ kind: 'await', deliveries, timeoutMs: DRAIN_TIMEOUT_MS });
  const spent = await server.ask({ kind: 'end' });
  const seen = await load.ask({ kind: 'end' });
  if (!complete || seen.closed > 0) {
    throw new Error(`${seen.deliveries} of ${deliveries} deliveries came; ${seen.closed} connections were closed.`);
  }
  return { server: spent, load: seen, remarks: remarksOn(spent, seen, waitedMs, lateTicks / plan.ticks) };
}

function remarksOn(server: ServerUsage, load: LoadUsage, waitedMs: number, late: number): string[] {
  const serverLoad = server.cpuMicros / 1000 / server.wallMs;
  return [
    ...(load.utilisation > BUSY ? ['the client was the slower side (its core was full)'] : []),
    ...(waitedMs > BEHIND_MS ? [`the client was ${Math.round(waitedMs)} ms behind at the end`] : []),
    ...(serverLoad > BUSY ? ['the server was saturated'] : []),
    ...(late > 0.1 ? [`${Math.round(late * 100)} % of the ticks were late`] : []),
  ];
}

/** CPU of the server by delivery, and the rate. */
export function perDelivery({ server, load, remarks }: BroadcastRound): Sample {
  return {
    figures: {
      cpu: server.cpuMicros / load.deliveries,
      rate: load.deliveries / (server.wallMs / 1000),
      server: (server.cpuMicros / 1000 / server.wallMs) * 100,
      client: load.utilisation * 100,
    },
    remarks,
  };
}
