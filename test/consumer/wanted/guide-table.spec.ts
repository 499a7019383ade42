import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { wanted } from './table.js';

const GUIDE = readFileSync(join(import.meta.dirname, '../../../docs/guide/nest.md'), 'utf8');

/** The first cells of the rows of a section, without those of the head. */
function rowsOf(heading: string): string[] {
  const [, section = ''] = GUIDE.split(`\n## ${heading}\n`);
  const [text = ''] = section.split('\n## ');
  const cells = [...text.matchAll(/^\| (.+?) +\|/gm)].map(([, cell = '']) => cell);
  return cells.filter((cell) => !/^(feature|-+)$/.test(cell));
}

describe('the table of what a team looks for', () => {
  it('lists in the guide what is checked in four applications, and nothing else', () => {
    expect(rowsOf('What a team looks for')).toEqual(wanted.map(({ thing }) => thing));
  });
});
