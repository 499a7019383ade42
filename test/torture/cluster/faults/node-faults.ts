import { setTimeout as delay } from 'node:timers/promises';
import type { ClusterNode } from '../cluster-node.js';
import type { Fault, Stage } from './fault.js';

async function replace({ nodes, random }: Stage, end: (node: ClusterNode) => Promise<unknown>): Promise<void> {
  const node = random.pick(nodes);
  const other = random.pick(nodes.filter((each) => each !== node));
  const ended = end(node);
  node.leadTo(other);
  await ended;
  await delay(random.below(500));
  await node.run();
}

/** To one of the servers. */
export const nodeFaults: readonly Fault[] = [
  { name: 'a node is killed and replaced', on: 'node', happen: (stage) => replace(stage, (node) => node.kill()) },
  {
    name: 'a node drains and is replaced',
    on: 'node',
    happen: (stage) => replace(stage, (node) => node.drain()),
  },
  {
    name: 'a node is stopped for 3 s',
    on: 'node',
    happen: async ({ nodes, random }) => {
      const node = random.pick(nodes);
      node.sleep();
      await delay(3000);
      node.wake();
    },
  },
];

/** Longer than the lease of a node: others count it off meanwhile. */
export const longNodeFault: Fault = {
  name: 'a node is stopped for 12 s',
  on: 'node',
  happen: async ({ nodes, random }) => {
    const node = random.pick(nodes);
    node.sleep();
    await delay(12_000);
    node.wake();
  },
};
