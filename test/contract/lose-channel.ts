import type { MemoryBackplane } from '../../src/backplane/index.js';

/**
 * Makes a backplane forget a channel that is open nowhere: its events go when something greater than all memory comes, its
 * position when those of many others are asked for.
 */
export async function loseChannel(backplane: MemoryBackplane, maxBytes: number, channel: string): Promise<void> {
  await backplane.publish({ channel: 'greedy', dataJson: 'x'.repeat(maxBytes), history: { size: 1, ttl: 1 } });
  for (let index = 0; index < maxBytes / 1000; index += 1) {
    await backplane.history(`in-place-of-${channel}-${index}`, { limit: 0 });
  }
}
