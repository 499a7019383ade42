import type { Position } from '@skreaver/protocol';
import { describe, expect, it } from 'vitest';
import { type TestApp, startApp, testAuth } from '../support/test-app.js';
import { Ledger, type LookUp } from './ledger.js';
import { Random } from './random.js';
import { type Cast, type Goal, Torture } from './torture.js';

/** `TORTURE_CUTS=5000` for a long run, with `TORTURE_DELIVERIES` if wanted; `TORTURE_SEED` to cut at the same bytes again. */
const CUTS = Number(process.env['TORTURE_CUTS'] ?? 300);
const DELIVERIES = Number(process.env['TORTURE_DELIVERIES'] ?? 700 * CUTS);
const SEED = Number(process.env['TORTURE_SEED'] ?? Date.now() % 2 ** 31);

const LONG = 600_000;
const KINDS = {
  deep: { history: { size: 20_000, ttl: LONG } },
  shallow: { history: { size: 40, ttl: LONG } },
  brief: { history: { size: 20_000, ttl: 40 } },
  fat: { history: { size: 30, ttl: LONG } },
  lossy: { history: { size: 30, ttl: LONG }, overflow: 'drop_oldest' as const },
};
const kindOf = (channel: string) => KINDS[channel.split('-', 1)[0] as keyof typeof KINDS];
const numbered = (kind: keyof typeof KINDS, count: number): string[] =>
  Array.from({ length: count }, (_, at) => `${kind}-${at}`);

const start = (options: { historyMaxBytes?: number } = {}): Promise<TestApp> =>
  startApp({
    ...testAuth,
    ...options,
    channels: Object.fromEntries(
      Object.entries(KINDS).map(([kind, rest]) => [`${kind}-*`, { ...rest, clientPublish: true }]),
    ),
    pingInterval: 900,
    pongTimeout: 600,
  });

interface Told {
  readonly cast: Cast;
  readonly goal: Goal;
  readonly mayForget: boolean;
  /** The server at the moment. */
  readonly app: () => TestApp;
}

async function torture({ cast, goal, mayForget, app }: Told) {
  const lookUp = async (channel: string, since: Position): Promise<LookUp> => {
    const { epoch, offset, events } = await app().subscriptions.history(channel, { since, limit: 1 });
    const isWhole = offset === since.offset || events[0]?.metadata.offset === since.offset + 1;
    return { epoch, isWhole: epoch === since.epoch && isWhole };
  };
  const ledger = new Ledger((channel) => ({ ...kindOf(channel).history, mayForget }), lookUp);
  const run = new Torture(app(), ledger, new Random(SEED), cast, goal);
  const startedAt = performance.now();
  await run.run();
  const figures = { seed: SEED, seconds: Math.round((performance.now() - startedAt) / 1000), ...run.figures };
  if (process.env['TORTURE_CUTS'] !== undefined) console.info(JSON.stringify(figures));
  expect({ ...figures, findings: ledger.findings.slice(0, 20) }).toEqual({ ...figures, findings: [] });
  // Nothing of anybody is left.
  await expect.poll(() => app().registry.getStats()).toMatchObject({ activeConnections: 0, channels: 0 });
  return figures;
}

const CAST: Cast = {
  subscribers: 30,
  clientPublishers: 3,
  channels: [...numbered('deep', 4), ...numbered('shallow', 3), ...numbered('brief', 2)],
  share: 0.6,
};

const SMALL: Cast = { subscribers: 20, clientPublishers: 0, channels: numbered('deep', 40), share: 0.1 };
const SMALL_GOAL: Goal = { cuts: 60, deliveries: 15_000, within: 60_000 };

describe(
  'subscribers whose connections are cut again and again, at any byte,',
  { timeout: 500 * CUTS + 120_000 },
  () => {
    it('lose nothing, get nothing twice or out of order, and are told about every gap', async () => {
      const app = await start({ historyMaxBytes: 2 ** 30 });
      const goal = { cuts: CUTS, deliveries: DELIVERIES, within: 400 * CUTS + 60_000 };
      const { recovered, refused, gaps, publishedAgain } = await torture({
        cast: CAST,
        goal,
        mayForget: false,
        app: () => app,
      });
      // All of it was tried.
      expect(recovered).toBeGreaterThan(CUTS / 2);
      expect(Math.min(refused.size, refused.ttl, gaps, publishedAgain)).toBeGreaterThan(0);
    });

    it('are told of a loss where memory is too short to keep what they missed', async () => {
      const app = await start({ historyMaxBytes: 200_000 });
      const { recovered, refused } = await torture({ cast: SMALL, goal: SMALL_GOAL, mayForget: true, app: () => app });
      expect(Math.min(recovered, refused.memory)).toBeGreaterThan(0);
    });

    it('are told of a loss where memory is too short for the positions', async () => {
      const app = await start({ historyMaxBytes: 20_000 });
      const { refused } = await torture({ cast: SMALL, goal: SMALL_GOAL, mayForget: true, app: () => app });
      expect(refused.epoch).toBeGreaterThan(0);
    });

    it('are told of a loss by a server that has been restarted', async () => {
      let app = await start();
      const successor = async (): Promise<TestApp> => (app = await start());
      const cast = { ...SMALL, successor };
      const { recovered, refused } = await torture({ cast, goal: SMALL_GOAL, mayForget: true, app: () => app });
      expect(Math.min(recovered, refused.epoch)).toBeGreaterThan(0);
    });
  },
);
