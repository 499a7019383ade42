import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchCase } from './bench-case.js';
import { acceptFigures, acceptRate, clientLoad, serverLoad } from './figures.js';
import { coreShare, remarksOnClient } from './remarks.js';
import { connect, type Subscribers } from './rig-steps.js';

const MICROS_PER_SECOND = 1e6;
/** Time after which a server has noticed that the connections of a round are closed. */
const SETTLE_MS = 200;

type Description = Omit<BenchCase, 'figures' | 'plots' | 'prepare'> & {
  readonly subscribers: Subscribers;
  /** Figures to measure beside connections per CPU second. */
  readonly extra?: 'engine';
};

/** Makes a case in which all connections of a round are opened, with a subscribe each. */
export function acceptCase({ subscribers, extra, ...rest }: Description): BenchCase {
  const { connections } = subscribers;
  return {
    ...rest,
    figures: [acceptRate, ...(extra === 'engine' ? acceptFigures : []), serverLoad, clientLoad],
    plots: ['accepts'],
    async prepare(rig) {
      const { server, load, engine } = rig;
      await connect(rig, subscribers);
      await load.ask({ kind: 'drop' });
      return {
        async round() {
          await load.ask({ kind: 'begin', measureLatency: false });
          await server.ask({ kind: 'begin', measureLoopDelay: false });
          const engineBefore = (await engine?.cpuMicros()) ?? 0;
          await connect(rig, subscribers);
          const engineMicros = ((await engine?.cpuMicros()) ?? 0) - engineBefore;
          const spent = await server.ask({ kind: 'end' });
          const seen = await load.ask({ kind: 'end' });
          await load.ask({ kind: 'drop' });
          await sleep(SETTLE_MS);
          return {
            figures: {
              [acceptRate.name]: connections / (spent.cpuMicros / MICROS_PER_SECOND),
              opened: connections / (spent.wallMs / 1000),
              cpu: spent.cpuMicros / connections,
              engine: engineMicros / connections,
              [serverLoad.name]: coreShare(spent) * 100,
              [clientLoad.name]: seen.utilisation * 100,
            },
            remarks: remarksOnClient(seen),
          };
        },
      };
    },
  };
}
