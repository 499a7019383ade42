import { describeBackplane } from './backplane.contract.js';
import { onRedisCluster } from './redis-cluster.js';

describeBackplane('two nodes on a Redis Cluster of three primaries', onRedisCluster());
