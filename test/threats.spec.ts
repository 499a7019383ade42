import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const rows = readFileSync(join(root, 'docs/threats.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('|') && !/^\| (-|what a client does)/.test(line));

/** `path.spec.ts, "a title", "another"`, and more of them behind semicolons. */
function testsOf(row: string): readonly (readonly [path: string, titles: readonly string[]])[] {
  const cell = row.split(/(?<!\\)\|/).at(-2) ?? '';
  return cell.split(/;(?=(?:[^"]*"[^"]*")*[^"]*$)/).map((each) => {
    const [path = ''] = each.trim().replaceAll('`', '').split(',');
    return [path, [...each.matchAll(/"([^"]+)"/g)].map(([, title]) => title as string)] as const;
  });
}

describe('docs/threats.md', () => {
  it('has rows of five cells', () => {
    expect(rows.length).toBeGreaterThan(40);
    expect(rows.filter((row) => row.split(/(?<!\\)\|/).length !== 7)).toEqual([]);
  });

  it.each(rows.map((row) => [row.split('|')[1]?.trim(), row]))('names tests that exist: %s', (_what, row) => {
    const tests = testsOf(row);
    expect(tests.filter(([path, titles]) => !existsSync(join(root, path)) || titles.length === 0)).toEqual([]);
    const missing = tests.flatMap(([path, titles]) => {
      const text = readFileSync(join(root, path), 'utf8');
      return titles.filter((title) => !text.includes(title)).map((title) => `${path}: ${title}`);
    });
    expect(missing).toEqual([]);
  });
});
