import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import tests from '../../vitest.config.js';
import { MUTANT_VARIABLE, plant } from './mutant.js';
import { mutants } from './mutants.js';

const ROOT = join(import.meta.dirname, '../..');
const id = process.env[MUTANT_VARIABLE];
const mutant = mutants.find((each) => each.id === id);
if (mutant === undefined) throw new Error(`${MUTANT_VARIABLE} names no mutant: ${id}`);

/** The tree stays as it is: the mutant exists only in what is loaded. */
const planting = {
  name: 'mutant',
  enforce: 'pre' as const,
  transform: (code: string, path: string) =>
    path === join(ROOT, mutant.file) ? { code: plant(code, mutant), map: null } : null,
};

export default defineConfig({
  root: ROOT,
  plugins: [planting, ...(tests.plugins ?? [])],
  ...(tests.ssr === undefined ? {} : { ssr: tests.ssr }),
  test: { include: [mutant.spec], testTimeout: 60_000, hookTimeout: 60_000 },
});
