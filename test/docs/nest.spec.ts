import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const GUIDE = join(import.meta.dirname, '../../docs/guide');
const [, hosting = ''] = readFileSync(join(GUIDE, 'nest.md'), 'utf8').split('\n## Hosting\n');
const [table = ''] = hosting.split('\n### ');
const rows = table.split('\n').filter((line) => line.startsWith('|') && !/^\| (-|feature)/.test(line));

describe('the table of docs/guide/nest.md on hosting', () => {
  it.each(rows.map((row) => [row.split('|')[1]?.trim(), row]))('links tests that exist: %s', (_feature, row) => {
    const links = [...row.matchAll(/\[([^\]]+)\]\(([^)]+\.spec\.ts)\)/g)];
    expect(links).not.toEqual([]);
    for (const [, title = '', path = ''] of links) expect(readFileSync(join(GUIDE, path), 'utf8')).toContain(title);
  });

  it('has a row for every feature', () => {
    expect(rows.length).toBeGreaterThan(2);
  });
});
