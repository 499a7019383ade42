import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchCase } from './bench-case.js';
import { contestants } from './contestants.js';
import { count } from './count.js';
import { acceptRate, clientLoad, serverLoad } from './figures.js';
import { coreShare, remarksOnClient } from './remarks.js';
import { connect } from './rig-steps.js';
import type { Scale } from './scale.js';

const MICROS_PER_SECOND = 1e6;
/** Time after which a server has noticed that the connections of a round are closed. */
const SETTLE_MS = 200;

export function accepting(scale: Scale): BenchCase {
  const connections = scale.of(1000, 200);
  const subscribers = { connections, channels: 1, ownChannels: 0 };
  return {
    id: 'P6',
    title: `Accepting ${count(connections)} connections, each with a token and one subscribe`,
    how: 'From the first SYN to the last answer to a subscribe, 50 at the same time.',
    figures: [acceptRate, serverLoad, clientLoad],
    plots: ['accepts'],
    contestants: contestants(['ours', 'baseline', 'ws', 'socket.io', 'nest', 'uws']),
    targets: [{ figure: 'accepts', of: 'ours', against: 'ws', atLeast: 0.8 }],
    async prepare(rig) {
      await connect(rig, subscribers);
      await rig.load.ask({ kind: 'drop' });
      return {
        async round() {
          await rig.load.ask({ kind: 'begin', measureLatency: false });
          await rig.server.ask({ kind: 'begin', measureLoopDelay: false });
          await connect(rig, subscribers);
          const server = await rig.server.ask({ kind: 'end' });
          const load = await rig.load.ask({ kind: 'end' });
          await rig.load.ask({ kind: 'drop' });
          await sleep(SETTLE_MS);
          return {
            figures: {
              accepts: connections / (server.cpuMicros / MICROS_PER_SECOND),
              server: coreShare(server) * 100,
              client: load.utilisation * 100,
            },
            remarks: remarksOnClient(load),
          };
        },
      };
    },
  };
}
