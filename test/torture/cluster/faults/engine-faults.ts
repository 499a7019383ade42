import { setTimeout as delay } from 'node:timers/promises';
import type { Fault, Stage } from './fault.js';

/** Sends the nodes to another primary, one by one. */
async function move({ nodes, random }: Stage, port: number): Promise<void> {
  for (const node of nodes) {
    node.engine.target = port;
    node.engine.cut();
    await delay(random.below(400));
  }
}

/** To Redis. */
export const engineFaults: readonly Fault[] = [
  {
    name: 'Redis is killed and comes back empty',
    mayLose: true,
    on: 'engine',
    happen: ({ redis, random }) => redis.restartEmpty(random.below(1000)),
  },
  {
    name: 'Redis is killed and comes back with its data',
    mayLose: true,
    on: 'engine',
    happen: ({ redis, random }) => redis.restart(random.below(1000)),
  },
  {
    name: 'a failover loses the tail',
    mayLose: true,
    on: 'engine',
    happen: (stage) => stage.redis.failOver(500, false, (port) => move(stage, port)),
  },
  {
    name: 'a failover leaves nodes on the old primary for a while',
    mayLose: true,
    on: 'engine',
    happen: (stage) => stage.redis.failOver(500, true, (port) => move(stage, port)),
  },
  {
    name: 'FLUSHALL',
    mayLose: true,
    on: 'engine',
    happen: async ({ redis }) => void (await redis.send('FLUSHALL')),
  },
  { name: 'Redis is stopped for 1 s', on: 'engine', happen: ({ redis }) => redis.stop(1000) },
  {
    name: 'CLIENT KILL',
    on: 'engine',
    happen: async ({ redis, random }) =>
      void (await redis.send('CLIENT', 'KILL', 'TYPE', random.pick(['normal', 'pubsub']))),
  },
  { name: 'SCRIPT FLUSH', on: 'engine', happen: async ({ redis }) => void (await redis.send('SCRIPT', 'FLUSH')) },
  {
    name: 'CLIENT PAUSE',
    on: 'engine',
    happen: async ({ redis, random }) => {
      await redis.send('CLIENT', 'PAUSE', '1000', random.pick(['ALL', 'WRITE']));
      await delay(1000);
    },
  },
  {
    name: 'CONFIG RESETSTAT',
    on: 'engine',
    happen: async ({ redis }) => void (await redis.send('CONFIG', 'RESETSTAT')),
  },
  {
    name: 'a replica is attached, and leaves',
    mayLose: true,
    on: 'engine',
    happen: ({ redis, random }) => redis.attachReplica(random.below(1000)),
  },
];
