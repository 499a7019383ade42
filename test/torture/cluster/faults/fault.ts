import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../../random.js';
import type { ClusterNode } from '../cluster-node.js';
import type { TorturedRedis } from '../engine.js';

/** What faults are done to. */
export interface Stage {
  readonly redis: TorturedRedis;
  readonly nodes: readonly ClusterNode[];
  readonly random: Random;
}

export interface Fault {
  readonly name: string;
  /** The engine may lose its memory: subscribers may be told of a loss. */
  readonly mayLose?: true;
  /** Two faults at a time are not on the same. */
  readonly on: 'link' | 'node' | 'engine';
  /** Resolves when the fault is over, whatever became of it. */
  happen(stage: Stage): Promise<void>;
}

/** Two at once, the second up to 3 s after the first. */
export function pairOf(one: Fault, other: Fault): Fault {
  return {
    name: 'two faults at once',
    on: one.on,
    ...((one.mayLose ?? other.mayLose) && { mayLose: true }),
    happen: async (stage) => {
      const second = delay(stage.random.below(3000)).then(() => other.happen(stage));
      await Promise.all([one.happen(stage), second]);
    },
  };
}
