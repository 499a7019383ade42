import { expect, it } from 'vitest';
import { readingFigures } from './reading-figures.js';

const usage = { cpuMicros: 40_000, wallMs: 1_000, events: 2_000, closed: 0 };

it("divides the CPU of the client's process by the events, and tells how many a full core takes", () => {
  const figures = readingFigures({ ...usage, userMicros: 30_000, systemMicros: 10_000 });
  expect(figures).toMatchObject({ cpu: 20, cpuUser: 15, cpuSystem: 5, ofCore: 50_000, client: 4 });
});

it("divides the CPU of a browser's network process by the events, apart from that of the page", () => {
  expect(readingFigures({ ...usage, networkMicros: 10_000 })).toMatchObject({ cpu: 20, network: 5, ofCore: 50_000 });
});
