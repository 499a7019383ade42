import { describeBackplane } from './backplane.contract.js';
import { onHub } from './hub-cluster.js';

describeBackplane(
  'two nodes on one hub',
  onHub(() => 0),
);
