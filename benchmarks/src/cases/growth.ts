import { type PeerName, plainOptions } from '../server/peers/peer-server.js';
import type { BenchCase } from './bench-case.js';
import type { Contestant } from './contestant.js';
import { broadcastCase } from './broadcast-case.js';
import { count } from './count.js';
import type { Scale } from './scale.js';
import type { Traffic } from './traffic.js';

const MOST_GROWTH = 1.3;

interface Size {
  /** Suffix of the contestant's name; must not be the suffix of another size's name. */
  readonly name: string;
  readonly traffic: Traffic;
}

/** Makes a case whose contestants are named `<peer>, <size>`; history is on where the version supports it. */
function growthCase(
  id: string,
  title: string,
  how: string,
  peers: readonly PeerName[],
  sizes: readonly [Size, Size],
): BenchCase {
  const sides = peers.flatMap((peer) => sizes.map((size) => ({ peer, size, name: `${peer}, ${size.name}` })));
  const [small, large] = sizes;
  return broadcastCase({
    id,
    title,
    how,
    contestants: sides.map(({ name, peer }): Contestant => ({
      name,
      peer,
      options: { ...plainOptions, history: true },
    })),
    targets: [{ figure: 'cpu', of: `ours, ${large.name}`, against: `ours, ${small.name}`, atMost: MOST_GROWTH }],
    traffic: ({ name }) => (sizes.find((size) => name.endsWith(size.name)) ?? sizes[0]).traffic,
  });
}

export function growthOfSubscribers(scale: Scale): BenchCase {
  const sizeOf = (connections: number, ticksPerSecond: number): Size => ({
    name: `${count(connections)} subscribers`,
    traffic: {
      connections,
      channels: 1,
      ownChannels: 0,
      bytes: 128,
      ticksPerSecond,
      perTick: 1,
      seconds: scale.seconds,
    },
  });
  return growthCase(
    'P8',
    'Growth with the subscribers of one channel, history on',
    'The same deliveries a second to ten times the subscribers. What grows for the others too is the kernel’s: ten times the sockets do not fit into its caches.',
    ['ours', 'ws', 'uws'],
    [sizeOf(scale.of(1000, 100), 50), sizeOf(scale.of(10_000, 1000), 5)],
  );
}

export function growthOfChannels(scale: Scale): BenchCase {
  const connections = scale.of(2050, 200);
  const channels = 10;
  const sizeOf = (ownChannels: number): Size => ({
    name: `${count(channels + connections * ownChannels)} channels`,
    traffic: {
      connections,
      channels,
      ownChannels,
      bytes: 128,
      ticksPerSecond: 250,
      perTick: 1,
      seconds: scale.seconds,
    },
  });
  return growthCase(
    'P8b',
    'Growth with the number of channels, history on',
    `250 publishes a second to ${channels} channels of ${connections / channels} subscribers; the other channels, 49 of each connection, are only there.`,
    ['ours'],
    [sizeOf(0), sizeOf(49)],
  );
}
