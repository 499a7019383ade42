import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { plant } from './mutant.js';
import { mutants } from './mutants.js';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

describe('the list of mutants', () => {
  it('has at least twenty, each with an id of its own', () => {
    expect(mutants.length).toBeGreaterThanOrEqual(20);
    expect(new Set(mutants.map(({ id }) => id)).size).toBe(mutants.length);
  });

  it.each(mutants)('can plant $id, and names a test that exists', (mutant) => {
    const code = read(mutant.file);
    expect(plant(code, mutant)).not.toBe(code);
    expect(read(mutant.spec)).toContain(mutant.test);
  });
});
