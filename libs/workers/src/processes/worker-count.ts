import { availableParallelism } from 'node:os';

/** More are a mistake rather than a machine. */
const MOST = 512;

/**
 * The number of workers: `auto` is one for each core that this process may use.
 * @throws RangeError with a sentence for an operator
 */
export function workerCount(workers: 'auto' | number, cores: () => number = availableParallelism): number {
  if (workers === 'auto') return cores();
  if (Number.isInteger(workers) && workers >= 1 && workers <= MOST) return workers;
  throw new RangeError(`workers is ${JSON.stringify(workers)}; allowed: 'auto' or a whole number from 1 to ${MOST}.`);
}
