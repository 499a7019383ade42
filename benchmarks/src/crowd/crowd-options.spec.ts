import { describe, expect, it } from 'vitest';
import { acceptedByWorker, crowdOptions, heldByClient } from './crowd-options.js';

describe('the options of a crowd', () => {
  it('are 100,000 connections to 6 workers unless they are given', () => {
    expect(crowdOptions([], 20_000)).toEqual({ connections: 100_000, workers: 6, holdSeconds: 35 });
    expect(crowdOptions(['--connections', '50', '--workers', '2', '--hold', '1'], 1000)).toEqual({
      connections: 50,
      workers: 2,
      holdSeconds: 1,
    });
  });

  it('say how many workers are needed when each may open too few files', () => {
    expect(() => crowdOptions(['--workers', '4'], 20_000)).toThrow(
      '"ulimit -n" is 20000: 100000 connections need --workers 6.',
    );
  });

  it.each(['0', '-1', '1.5', 'all', '1000000'])('are refused when a number is %s', (text) => {
    expect(() => crowdOptions([`--connections=${text}`], 20_000)).toThrow('it is a whole number from 1');
  });

  it('leave descriptors for what else a process opens', () => {
    expect(heldByClient(20_000)).toBe(16_000);
    expect(heldByClient(1024)).toBe(524);
    expect(acceptedByWorker({ connections: 1000, workers: 4, holdSeconds: 1 })).toBe(275);
  });
});
