import type { BenchCase } from './bench-case.js';
import { broadcastCase } from './broadcast-case.js';
import { contestants } from './contestants.js';
import { count } from './count.js';
import type { Scale } from './scale.js';

const sides = contestants(['ours', 'baseline', 'ws', 'socket.io', 'uws']);

const notAbove = 1.2;
const asWs = [
  { figure: 'p50', of: 'ours', against: 'ws', atMost: notAbove },
  { figure: 'p99', of: 'ours', against: 'ws', atMost: notAbove },
];

/** Measures many small channels, as an agent system has. */
export function latencyOfManyChannels(scale: Scale): BenchCase {
  const connections = scale.of(1000, 200);
  const channels = connections / 10;
  return broadcastCase({
    id: 'P7',
    title: `Latency, ${count(connections)} connections in ${channels} channels, one publish to 10 each millisecond`,
    how: '10,000 deliveries a second; from just before the publish to the client’s read, by the clock both share.',
    contestants: sides,
    targets: [...asWs, { figure: 'p50', of: 'ours', atMost: 1 }, { figure: 'p99', of: 'ours', atMost: 5 }],
    extra: 'latency',
    traffic: () => ({
      connections,
      channels,
      ownChannels: 0,
      bytes: 128,
      ticksPerSecond: 1000,
      perTick: 1,
      seconds: scale.seconds * 1.5,
    }),
  });
}

export function latencyOfOneChannel(scale: Scale): BenchCase {
  const connections = scale.of(1000, 200);
  return broadcastCase({
    id: 'P7b',
    title: `Latency, ${count(connections)} connections in one channel, 10 publishes a second`,
    how: 'The same 10,000 deliveries a second, a thousand at once: the median waits for 500 writes and 500 reads before it.',
    contestants: sides,
    targets: asWs,
    extra: 'latency',
    traffic: () => ({
      connections,
      channels: 1,
      ownChannels: 0,
      bytes: 128,
      ticksPerSecond: 10,
      perTick: 1,
      seconds: scale.seconds * 1.5,
    }),
  });
}
