import { setTimeout as sleep } from 'node:timers/promises';
import type { MemoryInUse } from './server-messages.js';

const PAUSE_MS = 100;
const SAME_BYTES = 256 * 1024;
const CALM_ROUNDS = 3;
const MOST_ROUNDS = 30;

const collect = (globalThis as { gc?: () => void }).gc;

/**
 * Measures memory once collecting garbage no longer changes RSS. After a collection, threads of V8 go on sweeping and
 * freeing pages for a while, longer on a busy machine.
 */
export async function settledMemory(): Promise<MemoryInUse> {
  if (collect === undefined) throw new Error('Memory is measured under --expose-gc only.');
  let rss = process.memoryUsage.rss();
  let calm = 0;
  for (let round = 0; round < MOST_ROUNDS && calm < CALM_ROUNDS; round++) {
    collect();
    await sleep(PAUSE_MS);
    const now = process.memoryUsage.rss();
    calm = Math.abs(now - rss) < SAME_BYTES ? calm + 1 : 0;
    rss = now;
  }
  const { heapUsed, external } = process.memoryUsage();
  return { rss, heap: heapUsed + external };
}
