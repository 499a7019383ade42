import { describeBackplane } from './backplane.contract.js';
import { onRedis } from './redis-cluster.js';

describeBackplane('two nodes on one Redis', onRedis());
