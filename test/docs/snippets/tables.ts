import { readFileSync } from 'node:fs';

const ROW = /^\|(.+)\|$/;

const cellsOf = (line: string): string[] =>
  (ROW.exec(line)?.[1] ?? '').split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('`', ''));

/** All rows of the tables of a page of docs/guide whose first column has this heading. */
export const rowsOf = (page: string, heading: string): string[][] => rowsIn(`docs/guide/${page}.md`, heading);

/** All rows of the tables of a page whose first column has this heading. */
export function rowsIn(page: string, heading: string): string[][] {
  const lines = readFileSync(new URL(`../../../${page}`, import.meta.url), 'utf8').split('\n');
  const heads = lines.flatMap((line, at) => (cellsOf(line)[0] === heading ? [at] : []));
  if (heads.length === 0) throw new Error(`${page} has no table headed "${heading}"`);
  return heads
    .flatMap((at) => {
      const body = lines.slice(at + 2);
      return body.slice(
        0,
        body.findIndex((line) => !ROW.test(line)),
      );
    })
    .map(cellsOf);
}
