import type { ReaderUsage } from '../readers/reader-messages.js';
import { cpuFigures } from './cpu-figures.js';
import { clientLoad, eventsOfCore } from './figures.js';
import { coreShare } from './remarks.js';

const MICROS_PER_SECOND = 1e6;

/** Values of a round of reading: of the client's process alone. */
export function readingFigures(usage: ReaderUsage): Record<string, number> {
  const cpu = cpuFigures(usage, usage.events);
  return { ...cpu, [eventsOfCore.name]: MICROS_PER_SECOND / cpu.cpu, [clientLoad.name]: coreShare(usage) * 100 };
}
