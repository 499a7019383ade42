import { availableParallelism } from 'node:os';
import type { EnvironmentReader } from './environment-reader.js';
import { Variable } from './variables.js';

const MOST = 512;
const ALLOWED = `auto, for one for each core, or a whole number from 1 to ${MOST}`;

/** Reads how many processes serve clients. Default: 1, this one. */
export function readWorkers(reader: EnvironmentReader): number {
  const text = reader.text(Variable.Workers);
  if (text === undefined) return 1;
  if (text === 'auto') return availableParallelism();
  const workers = Number(text);
  if (!/^\d{1,3}$/.test(text) || workers < 1 || workers > MOST) reader.wrongValue(Variable.Workers, text, ALLOWED);
  return workers;
}
