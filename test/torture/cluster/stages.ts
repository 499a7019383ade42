import type { Random } from '../random.js';
import { SETTINGS } from './cast.js';
import { ClusterNode } from './cluster-node.js';
import { TorturedRedis } from './engine.js';
import type { Stage } from './faults/fault.js';
import type { WorkersStage } from './faults/worker-faults.js';
import { WorkersServer } from './workers-server.js';

/** Three servers that share a Redis. */
export async function threeServers(random: Random): Promise<Stage> {
  const redis = await TorturedRedis.start();
  const start = (name: string): Promise<ClusterNode> => ClusterNode.start(name, redis.port, SETTINGS);
  return { redis, nodes: await Promise.all(['north', 'east', 'west'].map(start)), random };
}

/** One server of several workers, which share a hub. */
export const workersOfOneServer = async (count: number, random: Random): Promise<WorkersStage> => ({
  server: await WorkersServer.start(count, SETTINGS),
  random,
});
