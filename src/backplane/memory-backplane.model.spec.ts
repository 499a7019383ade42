import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ModelRun, type Step } from '../../test/support/backplane/model-run.js';

const LIMITS = {
  short: { size: 3, ttl: 1000 },
  brief: { size: 20, ttl: 40 },
  single: { size: 1, ttl: 200 },
  long: { size: 50, ttl: 100_000 },
};
const FIVE_MINUTES = 5 * 60_000;
/**
 * Channels with subscribers keep their positions, whatever the bound. Keys and acknowledgements have a quarter of their
 * own.
 */
const BYTES_OF_POSITIONS = 400 * Object.keys(LIMITS).length;

const channel = fc.constantFrom(...Object.keys(LIMITS));
const offset = fc.integer({ min: 0, max: 30 });
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('publish' as const),
        channel,
        key: fc.option(fc.constantFrom('k1', 'k2'), { nil: undefined, freq: 3 }),
        length: fc.integer({ min: 0, max: 400 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('read' as const),
        channel,
        query: fc.record({
          after: fc.option(offset, { nil: undefined }),
          limit: fc.integer({ min: 0, max: 8 }),
          reverse: fc.boolean(),
        }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('acknowledge' as const),
        channel,
        userId: fc.constantFrom('ann', 'bob'),
        offset,
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('open' as const, 'close' as const), channel }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 60 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.nat({ max: FIVE_MINUTES }) }) },
  ),
  { maxLength: 150, size: 'max' },
);

describe('MemoryBackplane behaves like a plain model of it', () => {
  it('while there is memory for everything', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const run = new ModelRun(LIMITS, 1e9, false);
        for (const step of all) await run.take(step);
        expect(run.delivered).toEqual(run.expectedDeliveries);
        await run.backplane.detach();
      }),
    );
  });

  it('except for the oldest events, keys and positions, when memory is short', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 8000 }), async (all, maxBytes) => {
        const run = new ModelRun(LIMITS, maxBytes, true);
        for (const step of all) {
          await run.take(step);
          expect(run.backplane.bytes).toBeLessThanOrEqual(Math.max(maxBytes, BYTES_OF_POSITIONS + maxBytes / 4));
        }
        expect(run.delivered).toEqual(run.expectedDeliveries);
        await run.backplane.detach();
      }),
    );
  });
});
