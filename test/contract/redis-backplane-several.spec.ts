import { describeBackplane } from './backplane.contract.js';
import { onRedis } from './redis-cluster.js';

describeBackplane('two nodes on two Redis', onRedis({ engines: 2 }));
