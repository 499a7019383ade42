import { expect, it } from 'vitest';
import { readingFigures } from './reading-figures.js';

it("divides the CPU of the client's process by the events, and tells how many a full core takes", () => {
  const usage = {
    cpuMicros: 40_000,
    userMicros: 30_000,
    systemMicros: 10_000,
    wallMs: 1_000,
    events: 2_000,
    closed: 0,
  };
  expect(readingFigures(usage)).toEqual({ cpu: 20, cpuUser: 15, cpuSystem: 5, ofCore: 50_000, client: 4 });
});
