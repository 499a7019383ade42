import type { CaseResult } from '../suite/case-result.js';
import { figureRows, remarkLines, type Rows, targetRows } from './rows.js';

/** Formats a case for the terminal. */
export function textOf(result: CaseResult, nodeMajor: number): string {
  const lines = [
    `${result.id}  ${result.title}`,
    result.how,
    ...(result.contestants.length === 0 ? [] : ['', ...aligned(figureRows(result))]),
    '',
    ...aligned(targetRows(result, nodeMajor)),
    ...remarkLines(result).map((line) => `! ${line}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** Aligns the first column to the left, the others to the right. */
function aligned(rows: Rows): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
