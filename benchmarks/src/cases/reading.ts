import { hotChannel } from '../server/publish-plan.js';
import { plainOptions } from '../server/peers/peer-server.js';
import type { Rig } from '../suite/rig.js';
import type { BenchCase, Sample } from './bench-case.js';
import { contestants } from './contestants.js';
import { cpuPer } from './cpu-figures.js';
import { clientLoad, eventsOfCore } from './figures.js';
import { readingFigures } from './reading-figures.js';
import type { Scale } from './scale.js';

/** With positions, as `centrifugo`. */
const WITH_HISTORY = 'ours, history';
const TICKS_PER_SECOND = 200;
const PER_TICK = 10;
const DRAIN_TIMEOUT_MS = 20_000;

/** What a client library costs the process that uses it. */
export function reading(scale: Scale): BenchCase {
  return {
    id: 'K1',
    title: 'One client library takes in 2,000 events of 128 B a second',
    how:
      'Bursts of ten, 200 a second, to one client in a process of its own, which reads a field of each event. CPU is that of ' +
      'the client, over the same `ws`; `ws` alone parses JSON and has no library. `centrifugo` is `centrifuge-js`, whose ' +
      'server is replaced by one that sends the same frames. A server that writes a burst at once spares its client reads.',
    figures: [...cpuPer('event'), eventsOfCore, clientLoad],
    plots: ['cpu'],
    contestants: [
      ...contestants(['ours', 'baseline']),
      { name: WITH_HISTORY, peer: 'ours', options: { ...plainOptions, history: true } },
      ...contestants(['ws', 'socket.io', 'centrifugo']),
    ],
    targets: [
      { figure: 'cpu', of: 'ours', against: 'socket.io', atMost: 1 },
      { figure: 'cpu', of: WITH_HISTORY, against: 'centrifugo', atMost: 1 },
    ],
    async prepare(rig) {
      await rig.reader.ask({ kind: 'connect', channel: hotChannel(0) });
      await readingRound(rig, scale.seconds);
      return { round: () => readingRound(rig, scale.seconds) };
    },
  };
}

async function readingRound({ server, reader }: Rig, seconds: number): Promise<Sample> {
  const ticks = Math.round(TICKS_PER_SECOND * seconds);
  const events = ticks * PER_TICK;
  await reader.ask({ kind: 'begin' });
  const plan = { channels: 1, bytes: 128, ticksPerSecond: TICKS_PER_SECOND, perTick: PER_TICK, ticks };
  await server.ask({ kind: 'publish', plan });
  const { isComplete } = await reader.ask({ kind: 'await', events, timeoutMs: DRAIN_TIMEOUT_MS });
  const usage = await reader.ask({ kind: 'end' });
  if (!isComplete || usage.events !== events || usage.closed > 0) {
    throw new Error(`${usage.events} of ${events} events came; the connection was closed ${usage.closed} times.`);
  }
  return { figures: readingFigures(usage), remarks: [] };
}
