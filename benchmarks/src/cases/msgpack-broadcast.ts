import { plainOptions } from '../server/peers/peer-server.js';
import type { BenchCase } from './bench-case.js';
import { broadcastCase } from './broadcast-case.js';
import { contestants } from './contestants.js';
import { count } from './count.js';
import { singlePublishTraffic } from './plain-broadcast.js';
import type { Scale } from './scale.js';

const IN_MSGPACK = 'ours, MessagePack';

/** P1 for clients that speak MessagePack, beside P1 for clients that speak JSON. */
export function msgpackBroadcast(scale: Scale): BenchCase {
  const connections = scale.of(1000, 200);
  return broadcastCase({
    id: 'P12',
    title: `Broadcast in MessagePack, 128 B, ${count(connections)} subscribers, one publish per tick`,
    how: '100 publishes a second, as in P1. The clients of one side offer `skreaver.v1.msgpack`.',
    contestants: [
      ...contestants(['ours']),
      { name: IN_MSGPACK, peer: 'ours', options: { ...plainOptions, msgpack: true } },
    ],
    targets: [{ figure: 'cpu', of: IN_MSGPACK, against: 'ours', atMost: 1.1 }],
    traffic: () => singlePublishTraffic(connections, scale),
  });
}
