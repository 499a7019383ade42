import type { MemoryBackplane } from '../../src/backplane/index.js';

/**
 * Makes a backplane forget a channel that is open nowhere: its events go when something greater than all memory comes, its
 * position when many others have lost theirs since.
 */
export async function loseChannel(backplane: MemoryBackplane, maxBytes: number, channel: string): Promise<void> {
  const history = { size: 1, ttl: 1 };
  const loseEvents = () => backplane.publish({ channel: 'greedy', dataJson: 'x'.repeat(maxBytes), history });
  await loseEvents();
  for (let index = 0; index < maxBytes / 1000; index += 1) {
    await backplane.publish({ channel: `in-place-of-${channel}-${index}`, dataJson: '1', history });
  }
  await loseEvents();
}
