import { describe } from 'vitest';
import type { ClusterMaker } from './backplane-cluster.js';
import { describeAcknowledgement } from './backplane/acknowledgement.js';
import { describeAsk } from './backplane/ask.js';
import { describeClearHistory } from './backplane/clear-history.js';
import { describeCommands } from './backplane/commands.js';
import { describeDeadNode } from './backplane/dead-node.js';
import { describeDelivery } from './backplane/delivery.js';
import { describeHistory } from './backplane/history.js';
import { describeIdempotency } from './backplane/idempotency.js';
import { describeMirror } from './backplane/mirror.js';
import { describePositions } from './backplane/positions.js';
import { describePresence } from './backplane/presence.js';

/**
 * What every backplane keeps of the promises of `Backplane`, in memory or between processes. Cases for several nodes run
 * where the cluster has them, and cases that need time to pass, or memory to be lost, where its maker can do that.
 */
export function describeBackplane(name: string, maker: ClusterMaker): void {
  describe(name, () => {
    describeDelivery(maker);
    describePositions(maker);
    describeHistory(maker);
    describeClearHistory(maker);
    describeIdempotency(maker);
    describeMirror(maker);
    describeAcknowledgement(maker);
    describePresence(maker);
    describeCommands(maker);
    describeAsk(maker);
    describeDeadNode(maker);
  });
}
