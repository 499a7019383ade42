import { plainOptions } from '../server/peers/peer-server.js';
import type { BenchCase } from './bench-case.js';
import { broadcastCase } from './broadcast-case.js';
import { count } from './count.js';
import { singlePublishTraffic } from './plain-broadcast.js';
import type { Scale } from './scale.js';

const ALONE = 'ours, no Redis';
const ON_THREE = 'ours, 3 nodes';
const SOCKET_IO = 'socket.io, 3 nodes';
const SOCKET_IO_STREAMS = 'socket.io, 3 nodes, streams';

const sides = [
  { name: ALONE, peer: 'ours', options: plainOptions },
  ...[1, 2, 3].map((nodes) => ({
    name: nodes === 1 ? 'ours, 1 node' : `ours, ${nodes} nodes`,
    peer: 'ours' as const,
    options: plainOptions,
    nodes,
  })),
  ...[1, 2].map((workers) => ({
    name: workers === 1 ? 'ours, 1 worker' : `ours, ${workers} workers`,
    peer: 'ours' as const,
    options: plainOptions,
    nodes: workers,
    engine: 'hub' as const,
  })),
  { name: `${ON_THREE}, history`, peer: 'ours', options: { ...plainOptions, history: true }, nodes: 3 },
  { name: SOCKET_IO, peer: 'socket.io', options: plainOptions, nodes: 3 },
  { name: SOCKET_IO_STREAMS, peer: 'socket.io', options: { ...plainOptions, streams: true }, nodes: 3 },
] as const;

const targets = [
  { figure: 'cpu', of: ON_THREE, against: SOCKET_IO, atMost: 1 },
  { figure: 'cpu', of: `${ON_THREE}, history`, against: SOCKET_IO_STREAMS, atMost: 1 },
];

/** Fan-out: what the engine adds to a channel with many subscribers. */
export function oneChannelOnNodes(scale: Scale): BenchCase {
  const connections = scale.of(1200, 240);
  return broadcastCase({
    id: 'C1',
    title: `One channel on several nodes over Redis or a hub, 128 B, ${count(connections)} subscribers in all`,
    how: '100 publishes a second on one node; the subscribers are spread over all. CPU is the sum of all nodes. Workers share a hub.',
    contestants: sides,
    targets,
    extra: 'engine',
    traffic: () => singlePublishTraffic(connections, scale),
  });
}

/** Fan-in: what a publication costs where each channel has a few subscribers only. */
export function manyChannelsOnNodes(scale: Scale): BenchCase {
  const channels = scale.of(400, 40);
  return broadcastCase({
    id: 'C2',
    title: `${count(channels)} channels of 3 subscribers on several nodes over Redis or a hub, 128 B`,
    how: '1,000 publishes a second on one node, in ticks of 10, to the channels in turn; each has a subscriber on every node. Workers share a hub.',
    contestants: sides,
    targets,
    extra: 'engine',
    traffic: () => ({
      connections: channels * 3,
      channels,
      ownChannels: 0,
      bytes: 128,
      ticksPerSecond: 100,
      perTick: 10,
      seconds: scale.seconds,
    }),
  });
}
