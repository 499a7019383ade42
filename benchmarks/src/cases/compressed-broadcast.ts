import type { BenchCase } from './bench-case.js';
import { broadcastCase } from './broadcast-case.js';
import { contestants } from './contestants.js';
import { count } from './count.js';
import type { Scale } from './scale.js';

export function compressedBroadcast(scale: Scale): BenchCase {
  const connections = scale.of(400, 100);
  /** Enough connections that memory which V8 keeps or frees by itself hardly shows. */
  const held = scale.of(2000, 100);
  return broadcastCase({
    id: 'P3',
    title: `Broadcast, 1 KiB, ${count(connections)} subscribers, permessage-deflate`,
    how:
      '10 publishes a second; the clients offer permessage-deflate, the servers take it as switched on by one option. ' +
      `RSS is that of ${count(held)} such subscribers, after five deliveries to each.`,
    contestants: contestants(['ours', 'baseline', 'ws', 'socket.io', 'uws'], { compression: true }),
    targets: [
      { figure: 'cpu', of: 'ours', against: 'socket.io', atMost: 0.2 },
      { figure: 'cpu', of: 'ours', against: 'ws', atMost: 0.2 },
      { figure: 'cpu', of: 'ours', against: 'uws', atMost: 0.65, node: 20 },
      { figure: 'rss', of: 'ours', atMost: 12 },
    ],
    extra: { rssOf: held },
    traffic: () => ({
      connections,
      channels: 1,
      ownChannels: 0,
      bytes: 1024,
      ticksPerSecond: 10,
      perTick: 1,
      seconds: scale.seconds,
    }),
  });
}
