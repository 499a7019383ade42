import { describeBackplane } from './backplane.contract.js';
import { onRedis } from './redis-cluster.js';

const MAX_LATENCY_MS = 5;

describeBackplane(
  'two nodes on one Redis whose bytes are late',
  onRedis({ latency: () => Math.random() * MAX_LATENCY_MS }),
);
