import { parseArgs } from 'node:util';
import { UsageError } from '../options.js';

export interface CrowdOptions {
  readonly connections: number;
  readonly workers: number;
  /** How long the crowd stays before the first broadcast: above `pingInterval` (30 s), so that all are pinged. */
  readonly holdSeconds: number;
}

/** Descriptors of a process beside its connections. */
const SPARE = 500;
/** Under a storm a worker that gets more of the CPU takes more; one that is full sends them on. */
const UNEVEN = 1.1;

/** The most connections that one client process holds. */
export const heldByClient = (openFiles: number): number => Math.min(16_000, openFiles - SPARE);

/** The most connections that each worker accepts. */
export const acceptedByWorker = ({ connections, workers }: CrowdOptions): number =>
  Math.ceil((connections / workers) * UNEVEN);

/** @throws UsageError when an option is wrong, or a worker would need more descriptors than it may have */
export function crowdOptions(args: readonly string[], openFiles: number): CrowdOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      connections: { type: 'string', default: '100000' },
      workers: { type: 'string', default: '6' },
      hold: { type: 'string', default: '35' },
    },
  });
  const options = {
    connections: count('--connections', values.connections),
    workers: count('--workers', values.workers),
    holdSeconds: count('--hold', values.hold),
  };
  if (options.workers < 2) throw new UsageError('--workers is 2 or more.');
  if (acceptedByWorker(options) + SPARE > openFiles) {
    const needed = Math.ceil((options.connections * UNEVEN) / (openFiles - SPARE));
    throw new UsageError(`"ulimit -n" is ${openFiles}: ${options.connections} connections need --workers ${needed}.`);
  }
  return options;
}

function count(option: string, text: string): number {
  const number = Number(text);
  if (!/^\d{1,6}$/.test(text) || number < 1)
    throw new UsageError(`${option} is "${text}"; it is a whole number from 1.`);
  return number;
}
