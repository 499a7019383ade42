import { setTimeout as sleep } from 'node:timers/promises';

const collect = (globalThis as { gc?: () => void }).gc;

/** RSS in bytes after garbage is collected and the allocator had time to give pages back. */
export async function memoryAtRest(): Promise<number> {
  if (collect === undefined) throw new Error('Memory is measured under --expose-gc only.');
  for (let i = 0; i < 3; i++) {
    collect();
    await sleep(200);
  }
  return process.memoryUsage.rss();
}
