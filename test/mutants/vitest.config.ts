import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import tests from '../../vitest.config.js';
import { MUTANT_VARIABLE, plant } from './mutant.js';
import { faults } from './mutants.js';

const ROOT = join(import.meta.dirname, '../..');
const id = process.env[MUTANT_VARIABLE];
const fault = faults.find((each) => each.id === id);
if (fault === undefined) throw new Error(`${MUTANT_VARIABLE} names no fault: ${id}`);

/** The tree stays as it is: the fault exists only in what is loaded. */
const planting = {
  name: 'planted-fault',
  enforce: 'pre' as const,
  transform: (code: string, path: string) =>
    path === join(ROOT, fault.file) ? { code: plant(code, fault), map: null } : null,
};

export default defineConfig({
  root: ROOT,
  plugins: [planting, ...(tests.plugins ?? [])],
  ...(tests.ssr === undefined ? {} : { ssr: tests.ssr }),
  test: { include: [fault.spec], testTimeout: 60_000, hookTimeout: 60_000 },
});
