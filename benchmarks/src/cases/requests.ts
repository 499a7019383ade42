import { plainOptions } from '../server/peers/peer-server.js';
import type { BenchCase } from './bench-case.js';
import { contestants } from './contestants.js';
import { cpuFigures, cpuPer } from './cpu-figures.js';
import { clientLoad, latencyFigures, requestRate, serverLoad } from './figures.js';
import { coreShare, remarksOnClient } from './remarks.js';
import { connect } from './rig-steps.js';
import type { Scale } from './scale.js';

/** Contestant without the ValidationPipe, which alone costs about as much as bare `ws` needs for a whole request. */
const OWN_CHECK = 'ours, own check';
const MS_PER_SECOND = 1000;

export function requests(scale: Scale): BenchCase {
  const connections = scale.of(100, 50);
  return {
    id: 'P4',
    title: `Request and response, ${connections} connections, closed loop`,
    how:
      'Each connection asks again when it is answered. On the Nest servers two guards and a ValidationPipe with a ' +
      'class-validator DTO (the pipe of ours is once left for a function that checks the same); the others parse JSON, ' +
      'check nothing and answer.',
    figures: [...cpuPer('request'), requestRate, serverLoad, clientLoad, ...latencyFigures],
    plots: ['cpu'],
    contestants: [
      ...contestants(['ours', 'baseline']),
      { name: OWN_CHECK, peer: 'ours', options: { ...plainOptions, ownCheck: true } },
      ...contestants(['nest', 'ws', 'socket.io', 'uws']),
    ],
    targets: [
      { figure: 'cpu', of: 'ours', against: 'nest', atMost: 0.6 },
      { figure: 'cpu', of: 'ours', against: 'ws', atMost: 1.4 },
      { figure: 'cpu', of: OWN_CHECK, against: 'ws', atMost: 1.4 },
    ],
    async prepare(rig) {
      await connect(rig, { connections, channels: 1, ownChannels: 0 });
      await rig.load.ask({ kind: 'begin', measureLatency: false });
      await rig.load.ask({ kind: 'request', connections, ms: scale.seconds * MS_PER_SECOND });
      return {
        async round() {
          await rig.load.ask({ kind: 'begin', measureLatency: true });
          await rig.server.ask({ kind: 'begin', measureLoopDelay: false });
          const { answers } = await rig.load.ask({ kind: 'request', connections, ms: scale.seconds * MS_PER_SECOND });
          const server = await rig.server.ask({ kind: 'end' });
          const load = await rig.load.ask({ kind: 'end' });
          if (load.closed > 0) throw new Error(`${load.closed} connections were closed.`);
          return {
            figures: {
              ...cpuFigures(server, answers),
              rate: answers / (server.wallMs / MS_PER_SECOND),
              server: coreShare(server) * 100,
              client: load.utilisation * 100,
              ...load.latency,
            },
            remarks: remarksOnClient(load),
          };
        },
      };
    },
  };
}
