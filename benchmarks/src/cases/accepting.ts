import { plainOptions } from '../server/peers/peer-server.js';
import { acceptCase } from './accept-case.js';
import type { BenchCase } from './bench-case.js';
import { contestants } from './contestants.js';
import { count } from './count.js';
import type { Scale } from './scale.js';

const ON_REDIS = 'ours, 1 node';
const WITH_LIMIT = 'ours, 1 node, limit of an address on all nodes';

export function accepting(scale: Scale): BenchCase {
  const connections = scale.of(1000, 200);
  return acceptCase({
    id: 'P6',
    title: `Accepting ${count(connections)} connections, each with a token and one subscribe`,
    how: 'From the first SYN to the last answer to a subscribe, 50 at the same time.',
    contestants: contestants(['ours', 'baseline', 'ws', 'socket.io', 'nest', 'uws']),
    targets: [{ figure: 'accepts', of: 'ours', against: 'ws', atLeast: 0.8 }],
    subscribers: { connections, channels: 1, ownChannels: 0 },
  });
}

/** What a connection costs that has to be counted in Redis before it is let in. */
export function acceptingWithAddressLimit(scale: Scale): BenchCase {
  const connections = scale.of(1000, 200);
  return acceptCase({
    id: 'C4',
    title: `Accepting ${count(connections)} connections on a node over Redis, without and with \`maxConnectionsPerIpInCluster\``,
    how: 'As P6, each from a loopback address of its own. The claims of connections that come while one is under way go together.',
    contestants: [
      { name: ON_REDIS, peer: 'ours', options: plainOptions, nodes: 1 },
      { name: WITH_LIMIT, peer: 'ours', options: { ...plainOptions, addressLimit: true }, nodes: 1 },
    ],
    targets: [{ figure: 'accepts', of: WITH_LIMIT, against: ON_REDIS, atLeast: 0.8 }],
    subscribers: { connections, channels: 1, ownChannels: 0, addresses: connections },
    extra: 'engine',
  });
}
