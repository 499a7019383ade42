import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { plant } from './mutant.js';
import { faults } from './mutants.js';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

describe('the list of planted faults', () => {
  it('has at least twenty, each with an id of its own', () => {
    expect(faults.length).toBeGreaterThanOrEqual(20);
    expect(new Set(faults.map(({ id }) => id)).size).toBe(faults.length);
  });

  it.each(faults)('can plant $id, and names a test that exists', (fault) => {
    const code = read(fault.file);
    expect(plant(code, fault)).not.toBe(code);
    expect(read(fault.spec)).toContain(fault.test);
  });
});
