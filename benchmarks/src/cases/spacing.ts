import { plainOptions, type PeerName } from '../server/peers/peer-server.js';
import type { PublishPlan } from '../server/publish-plan.js';
import type { BenchCase } from './bench-case.js';
import { broadcastRound } from './broadcast-round.js';
import { count } from './count.js';
import { cpuFigures, cpuPer } from './cpu-figures.js';
import { bystanderFigures, clientLoad, deliveryRate, lag, serverLoad } from './figures.js';
import { coreShare } from './remarks.js';
import { connect } from './rig-steps.js';
import type { Scale } from './scale.js';

const EVENTS_PER_SECOND = 200;
const BURST = 10;
const ASKS_EVERY_MS = 10;
const MOST_WAIT_MS = 50;
const peers: readonly PeerName[] = ['ours', 'baseline', 'ws', 'uws'];

const spacings = { 'one each 5 ms': 1, 'bursts of ten': BURST } as const;
type Spacing = keyof typeof spacings;
const sideOf = (peer: PeerName, each: Spacing): string => `${peer}, ${each}`;

export const spacingForTenThousand = (scale: Scale): BenchCase => spacingCase('P10', scale.of(10_000, 500), scale);
export const spacingForFourThousand = (scale: Scale): BenchCase => spacingCase('P10b', scale.of(4000, 200), scale);

/** Publishes the same events evenly spaced and in bursts, while a client without subscriptions sends requests. */
function spacingCase(id: string, connections: number, scale: Scale): BenchCase {
  const seconds = scale.seconds / 2;
  const sides = peers.flatMap((peer) =>
    (Object.keys(spacings) as Spacing[]).map((each) => ({ name: sideOf(peer, each), peer, options: plainOptions })),
  );
  return {
    id,
    title: `${count(EVENTS_PER_SECOND)} publishes a second to ${count(connections)} subscribers, evenly spaced and in bursts`,
    how: `128 B; a client that is subscribed to nothing sends a request every ${ASKS_EVERY_MS} ms. Lag: from the last publish to the last delivery. Bare ws cannot keep up.`,
    figures: [...bystanderFigures, lag, ...cpuPer('delivery'), deliveryRate, serverLoad, clientLoad],
    plots: ['waitP99', 'cpu'],
    contestants: sides,
    targets: [{ figure: 'waitP99', of: sideOf('ours', 'one each 5 ms'), atMost: MOST_WAIT_MS }],
    maxRounds: 3,
    async prepare(rig, { name }) {
      const perTick = Object.entries(spacings).find(([each]) => name.endsWith(each))?.[1] ?? 1;
      await connect(rig, { connections, channels: 1, ownChannels: 0 });
      await rig.bystander.ask({ kind: 'connect', plan: { connections: 1, channels: 0, ownChannels: 1, atOnce: 1 } });
      const plan = (length: number): PublishPlan => ({
        channels: 1,
        bytes: 128,
        ticksPerSecond: EVENTS_PER_SECOND / perTick,
        perTick,
        ticks: Math.max(1, Math.round((EVENTS_PER_SECOND / perTick) * length)),
      });
      const run = (length: number) =>
        broadcastRound(rig, {
          publish: plan(length),
          subscribersPerChannel: connections,
          measureLatency: false,
          measureLoopDelay: false,
        });
      await run(seconds / 2);
      return {
        async round() {
          await rig.bystander.ask({ kind: 'watch', everyMs: ASKS_EVERY_MS });
          const { server, load, lagMs, remarks } = await run(seconds);
          const { latency } = await rig.bystander.ask({ kind: 'unwatch' });
          return {
            figures: {
              waitP50: latency.p50,
              waitP99: latency.p99,
              lag: lagMs,
              ...cpuFigures(server, load.deliveries),
              rate: load.deliveries / (server.wallMs / 1000),
              server: coreShare(server) * 100,
              client: load.utilisation * 100,
            },
            remarks,
          };
        },
      };
    },
  };
}
