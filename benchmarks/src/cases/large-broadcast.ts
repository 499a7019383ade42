import type { BenchCase } from './bench-case.js';
import { broadcastCase } from './broadcast-case.js';
import { contestants } from './contestants.js';
import { count } from './count.js';
import type { Scale } from './scale.js';

export function largeBroadcast(scale: Scale): BenchCase {
  const connections = scale.of(10_000, 1000);
  return broadcastCase({
    id: 'P9',
    title: `Event loop delay while ${count(connections)} subscribers get 1 KiB`,
    how: '4 publishes a second to one channel; the delay is sampled each millisecond, which costs CPU on all sides alike.',
    contestants: contestants(['ours', 'baseline', 'ws', 'socket.io', 'uws']),
    targets: [{ figure: 'p999', of: 'ours', atMost: 50 }],
    maxRounds: 3,
    extra: 'loop-delay',
    traffic: () => ({
      connections,
      channels: 1,
      ownChannels: 0,
      bytes: 1024,
      ticksPerSecond: 4,
      perTick: 1,
      seconds: scale.seconds * 1.5,
    }),
  });
}
