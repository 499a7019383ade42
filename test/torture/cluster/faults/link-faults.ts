import { setTimeout as delay } from 'node:timers/promises';
import type { ClusterNode } from '../cluster-node.js';
import type { Fault } from './fault.js';

/** In which a node finds that its engine does not answer. */
const DETECTED_MS = 3000;

async function hold(node: ClusterNode, ms: number, ...directions: ('requests' | 'replies')[]): Promise<void> {
  node.engine.hold(...directions);
  await delay(ms);
  node.engine.release();
}

/** Between one node and Redis. */
export const linkFaults: readonly Fault[] = [
  {
    name: 'the connections of a node are cut',
    on: 'link',
    happen: async ({ nodes, random }) => {
      const node = random.pick(nodes);
      for (let cuts = 1 + random.below(4); cuts > 0; cuts -= 1) {
        node.engine.cut();
        await delay(random.below(300));
      }
    },
  },
  {
    name: 'the connections of a node are refused',
    on: 'link',
    happen: async ({ nodes, random }) => {
      const node = random.pick(nodes);
      node.engine.refuse();
      await delay(500 + random.below(2500));
      node.engine.accept();
    },
  },
  {
    name: 'replies to a node are held back',
    on: 'link',
    happen: ({ nodes, random }) => hold(random.pick(nodes), 500 + random.below(1.5 * DETECTED_MS), 'replies'),
  },
  {
    name: 'requests of a node are held back',
    on: 'link',
    happen: ({ nodes, random }) => hold(random.pick(nodes), 500 + random.below(1.5 * DETECTED_MS), 'requests'),
  },
  {
    name: 'the connections of a node are half open',
    on: 'link',
    happen: async ({ nodes, random }) => {
      const { engine } = random.pick(nodes);
      engine.hold('requests', 'replies');
      await delay(1.5 * DETECTED_MS);
      engine.cut();
      engine.release();
    },
  },
  {
    name: 'the way to Redis is slow',
    on: 'link',
    happen: async ({ nodes, random }) => {
      const { engine } = random.pick(nodes);
      engine.latency = () => random.below(200);
      await delay(2500);
      engine.latency = () => 0;
    },
  },
];

/** Longer than the lease of a node: others count it off meanwhile. */
export const longLinkFault: Fault = {
  name: 'a node is cut off for 12 s',
  on: 'link',
  happen: async ({ nodes, random }) => {
    const { engine } = random.pick(nodes);
    engine.refuse();
    await delay(12_000);
    engine.accept();
  },
};
