import type { BenchCase } from './bench-case.js';
import { broadcastCase } from './broadcast-case.js';
import { contestants } from './contestants.js';
import type { Scale } from './scale.js';

export function compressedBroadcast(scale: Scale): BenchCase {
  const connections = scale.of(400, 100);
  return broadcastCase({
    id: 'P3',
    title: `Broadcast, 1 KiB, ${connections} subscribers, permessage-deflate`,
    how: '20 publishes a second; the clients offer permessage-deflate, the servers take it as switched on by one option.',
    contestants: contestants(['ours', 'baseline', 'ws', 'socket.io', 'uws'], true),
    targets: [
      { figure: 'cpu', of: 'ours', against: 'socket.io', atMost: 0.2 },
      { figure: 'cpu', of: 'ours', against: 'ws', atMost: 0.2 },
      { figure: 'cpu', of: 'ours', against: 'uws', atMost: 0.65, node: 20 },
      { figure: 'rss', of: 'ours', atMost: 12 },
    ],
    extra: 'memory',
    traffic: () => ({
      connections,
      channels: 1,
      ownChannels: 0,
      bytes: 1024,
      ticksPerSecond: 20,
      perTick: 1,
      seconds: scale.seconds,
    }),
  });
}
