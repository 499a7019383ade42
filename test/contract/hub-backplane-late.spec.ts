import { describeBackplane } from './backplane.contract.js';
import { onHub } from './hub-cluster.js';

const MAX_LATENCY_MS = 5;

describeBackplane(
  'two nodes on one hub whose bytes are late',
  onHub(() => Math.random() * MAX_LATENCY_MS),
);
