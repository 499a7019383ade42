import { plainOptions } from '../server/peers/peer-server.js';
import type { BenchCase } from './bench-case.js';
import { broadcastCase } from './broadcast-case.js';
import { contestants } from './contestants.js';
import { count } from './count.js';
import type { Scale } from './scale.js';
import type { Traffic } from './traffic.js';

const WITH_HISTORY = 'ours, history';

const sides = [
  ...contestants(['ours', 'baseline']),
  { name: WITH_HISTORY, peer: 'ours', options: { ...plainOptions, history: true } },
  ...contestants(['ws', 'socket.io', 'uws']),
] as const;

/** 100 publishes a second, each in a turn of the event loop of its own. */
export const singlePublishTraffic = (connections: number, { seconds }: Scale): Traffic => ({
  connections,
  channels: 1,
  ownChannels: 0,
  bytes: 128,
  ticksPerSecond: 100,
  perTick: 1,
  seconds,
});

export function singlePublishes(scale: Scale): BenchCase {
  const connections = scale.of(1000, 200);
  return broadcastCase({
    id: 'P1',
    title: `Broadcast, 128 B, ${count(connections)} subscribers, one publish per tick`,
    how: '100 publishes a second, each in a turn of the event loop of its own.',
    contestants: sides,
    targets: [
      { figure: 'cpu', of: 'ours', against: 'socket.io', atMost: 0.65 },
      { figure: 'cpu', of: 'ours', against: 'ws', atMost: 0.9 },
      { figure: 'cpu', of: 'ours', against: 'uws', atMost: 1.25, node: 20 },
      { figure: 'cpu', of: WITH_HISTORY, against: 'ours', atMost: 1.15 },
    ],
    traffic: () => singlePublishTraffic(connections, scale),
  });
}

export function burstsOfTen(scale: Scale): BenchCase {
  const connections = scale.of(1000, 200);
  return broadcastCase({
    id: 'P2',
    title: `Broadcast, 128 B, ${count(connections)} subscribers, bursts of 10 per tick`,
    how: 'The same 100 publishes a second, ten of them in one turn of the event loop.',
    contestants: sides,
    targets: [
      { figure: 'cpu', of: 'ours', against: 'socket.io', atMost: 0.15 },
      { figure: 'cpu', of: 'ours', against: 'ws', atMost: 0.15 },
      { figure: 'cpu', of: 'ours', against: 'uws', atMost: 1.2, node: 20 },
      { figure: 'cpu', of: WITH_HISTORY, against: 'ours', atMost: 1.15 },
    ],
    traffic: () => ({
      connections,
      channels: 1,
      ownChannels: 0,
      bytes: 128,
      ticksPerSecond: 10,
      perTick: 10,
      seconds: scale.seconds,
    }),
  });
}
