import { describe, expect, it } from 'vitest';
import type { CaseResult, ContestantResult } from '../suite/case-result.js';
import { barPlot } from './bar-plot.js';
import { markdownPage } from './markdown-page.js';
import { shown, shownSpread } from './numbers.js';
import { plotsOf } from './plots.js';
import { merged, type MeasuredCase } from './results-file.js';
import { figureRows, remarkLines, targetRows } from './rows.js';
import { textOf } from './text-report.js';
import { verdictsOf } from './verdicts.js';

const sideOf = (name: string, cpu: readonly number[], remarks: readonly string[] = []): ContestantResult => ({
  name,
  values: { cpu },
  remarks,
  versions: { [name]: '1.2.3' },
  changed: name === 'ours' ? ['maxConnections: 20000'] : [],
});

const result: CaseResult = {
  id: 'P1',
  title: 'Broadcast',
  how: 'As it is done.',
  figures: [{ name: 'cpu', label: 'CPU per delivery', unit: 'µs', better: 'lower' }],
  plots: ['cpu'],
  targets: [
    { figure: 'cpu', of: 'ours', against: 'ws', atMost: 0.9 },
    { figure: 'cpu', of: 'ours', against: 'uws', atMost: 1.25, node: 20 },
    { figure: 'cpu', of: 'ours', atMost: 1 },
  ],
  contestants: [sideOf('ours', [2, 4, 3]), sideOf('ws', [4, 8, 6], ['the client was the slower side'])],
  absent: [{ name: 'uws', reason: 'no build', isFault: false }],
};

const measured: MeasuredCase = { ...result, machine: 'two cores', date: '2026-01-31', revision: 'abc1234' };

describe('a verdict', () => {
  it('is met by the median of the ratios, and missed by that of the figure', () => {
    expect(verdictsOf(result, 20).map(({ spread, isMet }) => [spread.median, isMet])).toEqual([
      [0.5, true],
      [3, false],
    ]);
  });

  it('is not given for a side that was not measured, nor for another Node', () => {
    const both = { ...result, contestants: [...result.contestants, sideOf('uws', [1, 1, 1])] };
    expect(verdictsOf(result, 20)).toHaveLength(2);
    expect(verdictsOf(both, 20)).toHaveLength(3);
    expect(verdictsOf(both, 24)).toHaveLength(2);
  });

  it('can require a lower bound', () => {
    const targets = [{ figure: 'cpu', of: 'ours', against: 'ws', atLeast: 0.6 }];
    expect(verdictsOf({ ...result, targets }, 20).map(({ isMet }) => isMet)).toEqual([false]);
  });
});

describe('a number', () => {
  it.each([
    [0, '0'],
    [0.01234, '0.0123'],
    [1.2345, '1.23'],
    [12.345, '12.3'],
    [999.9, '1000'],
    [12_345.6, '12,346'],
    [Number.NaN, '–'],
  ])('%f is shown as %s', (value, text) => {
    expect(shown(value)).toBe(text);
  });

  it('is shown without a range after one round', () => {
    expect(shownSpread({ median: 1, min: 1, max: 1 })).toBe('1');
    expect(shownSpread({ median: 2, min: 1, max: 3 })).toBe('2 (1–3)');
  });
});

describe('the rows of the tables', () => {
  it('have each side with its figures and the ratio of ours to it', () => {
    expect(figureRows(result)).toEqual([
      ['', 'CPU per delivery, µs', 'ours / it'],
      ['ours', '3 (2–4)', ''],
      ['ws', '6 (4–8)', '0.5'],
    ]);
  });

  it('have each target with its verdict', () => {
    expect(targetRows(result, 24)).toEqual([
      ['CPU per delivery, ours / ws: at most 0.9', '0.5', 'met'],
      ['CPU per delivery of ours: at most 1 µs', '3 (2–4)', 'missed'],
    ]);
  });

  it('name the sides that were left out, failed, or were the slower side', () => {
    const absent = [...result.absent, { name: 'nest', reason: 'broke', isFault: true }];
    expect(remarkLines({ ...result, absent })).toEqual([
      'ws: the client was the slower side',
      'uws is left out: no build',
      'nest FAILED: broke',
    ]);
  });

  it('are aligned for the terminal', () => {
    const lines = textOf(result, 20).split('\n');
    expect(lines[3]).toBe('      CPU per delivery, µs  ours / it');
    expect(lines[5]).toBe('ws                 6 (4–8)        0.5');
  });
});

describe('a plot', () => {
  const [plot] = plotsOf(result, 20);

  it('is named by case, figure and Node version', () => {
    expect(plot?.file).toBe('p1-cpu-node20.svg');
  });

  it('has a bar for each side, ours highlighted, within its width', () => {
    const widths = [...(plot?.svg ?? '').matchAll(/<rect class="bar( ours)?"[^>]* width="([\d.]+)"/g)];
    expect(widths.map(([, ours, width]) => [ours !== undefined, Number(width)])).toEqual([
      [true, 165],
      [false, 330],
    ]);
  });

  it('is legible on light and dark pages, and escapes names', () => {
    const svg = barPlot('a < b & "c"', [{ name: '<x>', spread: { median: 1, min: 1, max: 1 }, isOurs: false }]);
    expect(svg).toContain('prefers-color-scheme: dark');
    expect(svg).toContain('a &#60; b &#38; &#34;c&#34;');
    expect(svg).not.toContain('<x>');
  });
});

describe('the page of the results', () => {
  const node20 = { node: '20.20.2', cases: [measured] };
  const node24 = { node: '24.1.0', cases: [{ ...measured, contestants: [sideOf('ours', [1])] }] };
  const page = markdownPage([node20, node24]);

  it('has the targets of all Node versions side by side', () => {
    expect(page).toContain('| case | target | Node 24 | Node 20 |');
    expect(page).toContain('| [P1](#p1) | CPU per delivery of ours: at most 1 µs | ✓ 1 | ✗ 3 (2–4) |');
    expect(page).toContain('| [P1](#p1) | CPU per delivery, ours / ws: at most 0.9 |  | ✓ 0.5 |');
  });

  it('has plots, tables, remarks, versions and settings', () => {
    expect(page).toContain('(../benchmarks/results/p1-cpu-node20.svg)');
    expect(page).toContain('| ws | 6 (4–8) | 0.5 |');
    expect(page).toContain('- ws: the client was the slower side');
    expect(page).toContain('- Node 20.20.2: two cores; ours 1.2.3, ws 1.2.3.');
    expect(page).toContain('- ours: maxConnections: 20000');
  });

  it('tells which cases were measured on which machine', () => {
    const other = { ...measured, id: 'P2', machine: 'four cores' };
    const lines = markdownPage([{ node: '20.20.2', cases: [measured, other] }]);
    expect(lines).toContain('- Node 20.20.2, P1: two cores; ours 1.2.3, ws 1.2.3.');
    expect(lines).toContain('- Node 20.20.2, P2: four cores; ours 1.2.3, ws 1.2.3.');
  });
});

describe('merged results', () => {
  const older = {
    node: '20.1.0',
    cases: [measured, { ...measured, id: 'P2' }, { ...measured, id: 'gone' }],
  };
  const newer = { node: '20.2.0', cases: [{ ...measured, id: 'P1', date: '2026-02-01' }] };

  it('replace the cases that were measured again, keep the others, and drop those that no longer exist', () => {
    const { node, cases } = merged(older, newer, ['P1', 'P2']);
    expect(node).toBe('20.2.0');
    expect(cases.map(({ id, date }) => [id, date])).toEqual([
      ['P1', '2026-02-01'],
      ['P2', '2026-01-31'],
    ]);
  });

  it('are the new results when there were none', () => {
    expect(merged(undefined, newer, ['P1'])).toEqual(newer);
  });
});
