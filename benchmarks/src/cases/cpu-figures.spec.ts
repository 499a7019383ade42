import { describe, expect, it } from 'vitest';
import { cpuFigures, cpuPer } from './cpu-figures.js';

describe('the CPU figures', () => {
  it('are named by the unit of work, the sum before its parts', () => {
    expect(cpuPer('request').map(({ name, label }) => [name, label])).toEqual([
      ['cpu', 'CPU per request'],
      ['cpuUser', 'user CPU per request'],
      ['cpuSystem', 'system CPU per request'],
    ]);
  });

  it('are computed for user and system CPU separately', () => {
    const usage = { cpuMicros: 100, userMicros: 20, systemMicros: 80, wallMs: 1 };
    expect(cpuFigures(usage, 10)).toEqual({ cpu: 10, cpuUser: 2, cpuSystem: 8 });
  });

  it('have no parts for a baseline that reports the sum alone', () => {
    expect(cpuFigures({ cpuMicros: 100, wallMs: 1 }, 10)).toEqual({ cpu: 10, cpuUser: NaN, cpuSystem: NaN });
  });
});
