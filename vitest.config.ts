import { defineConfig } from 'vitest/config';

/** Types of TypeScript itself, which do not exist when the code runs. */
const utilityTypes = new Set(['Readonly', 'Record', 'Partial', 'Pick', 'Omit', 'ReturnType']);

/**
 * TypeScript's decorator metadata reads `typeof X === "undefined" ? Object : X`; the guard is never half taken,
 * yet counts as a branch. Blanking it (same length, so source maps hold) keeps the branch figure honest.
 */
const plainDecoratorMetadata = {
  name: 'plain-decorator-metadata',
  enforce: 'post' as const,
  transform: (code: string) =>
    code.includes('design:paramtypes')
      ? {
          map: null,
          code: code.replace(/typeof ([\w$.]+) === "undefined" \? Object : \1/g, (whole, id: string) =>
            (utilityTypes.has(id) ? 'Object' : id).padEnd(whole.length),
          ),
        }
      : null,
};

/** How long `expect.poll` waits, in ms: a machine may do other things besides. */
const POLL_MS = 20_000;

const shared = {
  plugins: [plainDecoratorMetadata],
  ssr: { resolve: { conditions: ['@skreaver/source', 'module', 'node', 'development|production'] } },
};

export default defineConfig({
  ...shared,
  test: {
    // Tests wait for processes, engines and browsers: a core is not left to vitest itself.
    maxWorkers: '100%',
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts', 'libs/*/src/**/*.ts'],
      // `src/` matches in every package; programs run as processes of their own, which coverage does not see.
      exclude: ['**/*.spec.ts', 'apps/**', 'benchmarks/**'],
      reporter: ['text', 'json-summary'],
      thresholds: { lines: 95, branches: 90 },
    },
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          // They share nothing but modules, which are loaded once in each thread instead of once in each file.
          pool: 'threads',
          isolate: false,
          // A thousand schedules take 2 s, on a machine that does other things besides three times that.
          testTimeout: 30_000,
          expect: { poll: { timeout: POLL_MS } },
          include: [
            'src/**/*.spec.ts',
            'libs/*/src/**/*.spec.ts',
            'apps/*/src/**/*.spec.ts',
            'benchmarks/src/**/*.spec.ts',
            'test/architecture.spec.ts',
            'test/threats.spec.ts',
            'test/types/**/*.spec.ts',
            'test/mutants/mutants.spec.ts',
          ],
        },
      },
      {
        ...shared,
        test: {
          name: 'system',
          globalSetup: 'test/consumer/packing-folder.ts',
          include: ['test/**/*.spec.ts'],
          exclude: [
            'test/architecture.spec.ts',
            'test/threats.spec.ts',
            'test/types/**',
            'test/mutants/mutants.spec.ts',
            'test/ops/**',
            'test/languages/**',
            'test/consumer/fixtures/**',
          ],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          expect: { poll: { timeout: POLL_MS } },
        },
      },
      {
        ...shared,
        test: {
          name: 'languages',
          include: ['test/languages/**/*.spec.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          expect: { poll: { timeout: POLL_MS } },
        },
      },
      {
        ...shared,
        test: {
          name: 'ops',
          include: ['test/ops/**/*.spec.ts'],
          testTimeout: 60_000,
          hookTimeout: 600_000,
          expect: { poll: { timeout: POLL_MS } },
        },
      },
    ],
  },
});
