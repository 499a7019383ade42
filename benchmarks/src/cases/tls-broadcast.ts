import type { BenchCase, Target } from './bench-case.js';
import { broadcastCase } from './broadcast-case.js';
import { contestants } from './contestants.js';
import { count } from './count.js';
import type { Scale } from './scale.js';

const PUBLISHES_PER_SECOND = 100;
const BURST = 10;

/** TLS encrypts each write separately, so a delivery costs several times as much as over TCP. */
export const singlePublishesOverTls = (scale: Scale): BenchCase =>
  tlsCase(scale, {
    id: 'P11',
    title: 'one publish per tick',
    how: `${PUBLISHES_PER_SECOND} publishes a second, each in a turn of the event loop of its own.`,
    perTick: 1,
    targets: [{ figure: 'cpu', of: 'ours', against: 'ws', atMost: 1 }],
  });

export const burstsOfTenOverTls = (scale: Scale): BenchCase =>
  tlsCase(scale, {
    id: 'P11b',
    title: `bursts of ${BURST} per tick`,
    how: `The same ${PUBLISHES_PER_SECOND} publishes a second, ten of them in one turn of the event loop.`,
    perTick: BURST,
    targets: [{ figure: 'cpu', of: 'ours', against: 'ws', atMost: 0.5 }],
  });

interface Description {
  readonly id: string;
  readonly title: string;
  readonly how: string;
  readonly perTick: number;
  readonly targets: readonly Target[];
}

function tlsCase(scale: Scale, { title, perTick, ...rest }: Description): BenchCase {
  const connections = scale.of(300, 100);
  return broadcastCase({
    ...rest,
    title: `Broadcast over TLS, 128 B, ${count(connections)} subscribers, ${title}`,
    contestants: contestants(['ours', 'baseline', 'ws'], { tls: true }),
    traffic: () => ({
      connections,
      channels: 1,
      ownChannels: 0,
      bytes: 128,
      ticksPerSecond: PUBLISHES_PER_SECOND / perTick,
      perTick,
      seconds: scale.seconds,
    }),
  });
}
