import type { ReaderUsage } from '../readers/reader-messages.js';
import { cpuFigures } from './cpu-figures.js';
import { clientLoad, eventsOfCore, networkCpu } from './figures.js';
import { coreShare } from './remarks.js';

const MICROS_PER_SECOND = 1e6;

/** Values of a round of reading: of the client's process alone, and beside it of the browser's network process. */
export function readingFigures(usage: ReaderUsage): Record<string, number> {
  const { events, networkMicros = NaN } = usage;
  const cpu = cpuFigures(usage, events);
  return {
    ...cpu,
    [networkCpu.name]: networkMicros / events,
    [eventsOfCore.name]: MICROS_PER_SECOND / cpu.cpu,
    [clientLoad.name]: coreShare(usage) * 100,
  };
}
