import type { ServerUsage } from '../server/server-messages.js';
import type { Figure } from './bench-case.js';

/** CPU per unit of work: the sum first, then its two parts. */
export const cpuPer = (unitOfWork: 'delivery' | 'request' | 'event'): readonly Figure[] =>
  Object.entries({ cpu: 'CPU', cpuUser: 'user CPU', cpuSystem: 'system CPU' }).map(([name, label]) => ({
    name,
    label: `${label} per ${unitOfWork}`,
    unit: 'µs',
    better: 'lower',
  }));

/** Values of {@link cpuPer}. A baseline from before the split reports the sum alone, and its parts are NaN. */
export const cpuFigures = (
  { cpuMicros, userMicros = NaN, systemMicros = NaN }: ServerUsage,
  count: number,
): Record<'cpu' | 'cpuUser' | 'cpuSystem', number> => ({
  cpu: cpuMicros / count,
  cpuUser: userMicros / count,
  cpuSystem: systemMicros / count,
});
