import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../../random.js';
import type { ClusterNode } from '../cluster-node.js';
import type { TorturedRedis } from '../engine.js';

/** What faults are done to: three servers and their Redis. */
export interface Stage {
  readonly redis: TorturedRedis;
  readonly nodes: readonly ClusterNode[];
  readonly random: Random;
}

/** @typeParam S what it is done to */
export interface Fault<S = Stage> {
  readonly name: string;
  /** The engine may lose its memory: subscribers may be told of a loss. */
  readonly mayLose?: true;
  /** Two faults at a time are not on the same. */
  readonly on: 'link' | 'node' | 'engine';
  /** Resolves when the fault is over, whatever became of it. */
  happen(stage: S): Promise<void>;
}

/** Two at once, the second up to 3 s after the first. */
export function pairOf<S extends { readonly random: Random }>(one: Fault<S>, other: Fault<S>): Fault<S> {
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
