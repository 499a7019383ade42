import { hotChannel } from '../server/publish-plan.js';
import { plainOptions } from '../server/peers/peer-server.js';
import type { MeasuredReader } from '../readers/measured-reader.js';
import type { Rig } from '../suite/rig.js';
import type { BenchCase, Prepared, Sample } from './bench-case.js';
import type { Contestant } from './contestant.js';
import { contestants } from './contestants.js';
import { cpuPer } from './cpu-figures.js';
import { clientLoad, eventsOfCore, networkCpu } from './figures.js';
import { readingFigures } from './reading-figures.js';
import type { Scale } from './scale.js';

/** With positions, as `centrifugo`. */
const WITH_HISTORY = 'ours, history';
const TICKS_PER_SECOND = 200;
const PER_TICK = 10;
const DRAIN_TIMEOUT_MS = 20_000;
const BURSTS = 'Bursts of ten, 200 a second, to one client';
const CENTRIFUGO =
  '`centrifugo` is `centrifuge-js`, whose server is replaced by one that sends the same frames. A server that writes a burst ' +
  'at once spares its client reads.';

const readers: readonly Contestant[] = [
  ...contestants(['ours', 'baseline']),
  { name: WITH_HISTORY, peer: 'ours', options: { ...plainOptions, history: true } },
  ...contestants(['ws', 'socket.io', 'centrifugo']),
];

const targets = [
  { figure: 'cpu', of: 'ours', against: 'socket.io', atMost: 1 },
  { figure: 'cpu', of: WITH_HISTORY, against: 'centrifugo', atMost: 1 },
];

/** What a client library costs the process of Node that uses it. */
export function reading(scale: Scale): BenchCase {
  return {
    id: 'K1',
    title: 'One client library takes in 2,000 events of 128 B a second',
    how:
      `${BURSTS} in a process of its own, which reads a field of each event. CPU is that of the client, over the same ` +
      '`ws`; `ws` alone parses JSON and has no library. ' +
      CENTRIFUGO,
    figures: [...cpuPer('event'), eventsOfCore, clientLoad],
    plots: ['cpu'],
    contestants: readers,
    targets,
    prepare: (rig) => prepare(rig, scale),
  };
}

/** What a client library costs the page that uses it. */
export function readingInPage(scale: Scale): BenchCase {
  return {
    id: 'K2',
    title: 'One page of Chromium takes in 2,000 events of 128 B a second by a client library',
    how:
      `${BURSTS} in the one page of a Chromium, which reads a field of each event. CPU is that of the page's renderer process ` +
      "as the kernel's scheduler counts it, in nanoseconds and not split into user and system; the network process, which reads " +
      "the socket, stands apart. `ws` is the browser's own `WebSocket` and `JSON.parse`, without a library. " +
      CENTRIFUGO,
    figures: [...cpuPer('event').slice(0, 1), networkCpu, eventsOfCore, clientLoad],
    plots: ['cpu'],
    contestants: readers.map((contestant) => ({ ...contestant, inPage: true })),
    targets,
    prepare: (rig) => prepare(rig, scale),
  };
}

async function prepare(rig: Rig, { seconds }: Scale): Promise<Prepared> {
  const reader = await rig.openReader(hotChannel(0));
  await readingRound(rig, reader, seconds);
  return { round: () => readingRound(rig, reader, seconds) };
}

async function readingRound({ server }: Rig, reader: MeasuredReader, seconds: number): Promise<Sample> {
  const ticks = Math.round(TICKS_PER_SECOND * seconds);
  const events = ticks * PER_TICK;
  await reader.begin();
  const plan = { channels: 1, bytes: 128, ticksPerSecond: TICKS_PER_SECOND, perTick: PER_TICK, ticks };
  await server.ask({ kind: 'publish', plan });
  const isComplete = await reader.reaches(events, DRAIN_TIMEOUT_MS);
  const usage = await reader.end();
  if (!isComplete || usage.events !== events || usage.closed > 0) {
    throw new Error(`${usage.events} of ${events} events came; the connection was closed ${usage.closed} times.`);
  }
  return { figures: readingFigures(usage), remarks: [] };
}
