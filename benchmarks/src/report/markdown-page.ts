import type { MeasuredCase, ResultsFile } from './results-file.js';
import { plotsOf } from './plots.js';
import { figureRows, remarkLines, type Rows, targetRows } from './rows.js';
import { changedText, versionsText } from './versions-text.js';

const INTRO = `# Benchmarks

Written by \`npm run bench\`; [benchmarks](../benchmarks/README.md) says how it measures and how to read this.

The main figure is the server's CPU time per unit of work, as wall time on a shared machine depends more on the machine.
All contestants of a case are measured in turn, A B C A B C …, and every ratio is taken round by round. The tables show the
median, and in brackets the range over all rounds. \`ours\` is the module in a Nest application with token check, both guards,
metrics and logging on.

## User and system CPU

CPU time has two parts: user, spent in the code of the server, and system, spent by the kernel on its behalf. A plain delivery
is a write to a socket, and on one machine 80 % of its CPU is the kernel's. No server is spared that part, so the ratio to peers
moves with it: for P1, ours / ws was 0.57 on one machine and 0.81 on another. The tables show both parts where they were
measured; older results have the sum alone.`;

/** Renders `docs/benchmarks.md`, newest Node first. */
export function markdownPage(files: readonly ResultsFile[]): string {
  const runs = files.toSorted((a, b) => majorOf(b) - majorOf(a));
  const ids = [...new Set(runs.flatMap(({ cases }) => cases.map(({ id }) => id)))];
  return `${[INTRO, targetsSection(runs), ...ids.flatMap((id) => caseSection(id, runs)), settingsSection(runs)].join('\n\n')}\n`;
}

const majorOf = ({ node }: ResultsFile): number => Number(node.split('.')[0]);

function targetsSection(runs: readonly ResultsFile[]): string {
  const measured = new Map<string, Map<ResultsFile, string>>();
  for (const run of runs) {
    for (const result of run.cases) {
      for (const [sentence = '', value = '', verdict = ''] of targetRows(result, majorOf(run))) {
        const key = `[${result.id}](#${result.id.toLowerCase()}) | ${sentence}`;
        const cells = measured.get(key) ?? new Map<ResultsFile, string>();
        measured.set(key, cells.set(run, `${verdict === 'met' ? '✓' : '✗'} ${value}`));
      }
    }
  }
  const head = `case | target | ${runs.map((run) => `Node ${majorOf(run)}`).join(' | ')}`;
  const lines = [...measured].map(([key, cells]) => `${key} | ${runs.map((run) => cells.get(run) ?? '').join(' | ')}`);
  return ['## Targets', '', ...piped([head, head.replace(/[^|]+/g, ' --- '), ...lines])].join('\n');
}

function caseSection(id: string, runs: readonly ResultsFile[]): string[] {
  const parts = runs.flatMap((run) => run.cases.filter((each) => each.id === id).map((result) => ({ run, result })));
  const [first] = parts;
  if (first === undefined) return [];
  const heading = `<a id="${id.toLowerCase()}"></a>\n\n## ${id}: ${first.result.title}`;
  return [heading, first.result.how, ...parts.map(({ run, result }) => runOfCase(result, run))];
}

function runOfCase(result: MeasuredCase, run: ResultsFile): string {
  const major = majorOf(run);
  const plots = plotsOf(result, major).map(({ file, alt }) => `![${alt}](../benchmarks/results/${file})`);
  const remarks = remarkLines(result).map((line) => `- ${line}`);
  const table = result.contestants.length === 0 ? [] : tableOf(figureRows(result));
  const origin = `**Node ${run.node}**, ${result.date}${result.revision === '' ? '' : `, ${result.revision}`}`;
  return [origin, plots.join('\n'), table.join('\n'), remarks.join('\n')].filter((part) => part !== '').join('\n\n');
}

function settingsSection(runs: readonly ResultsFile[]): string {
  const lines = runs.flatMap(machineLines);
  const changed = [...new Set(runs.flatMap(({ cases }) => changedText(cases)))].map((line) => `- ${line}`);
  return ['## Machine, versions, settings', '', ...lines, '', 'Not at its default:', '', ...changed].join('\n');
}

/** One for each machine; with its cases, where there are several. */
function machineLines({ node, cases }: ResultsFile): string[] {
  const machines = [...new Set(cases.map(({ machine }) => machine))];
  return machines.map((machine) => {
    const own = cases.filter((each) => each.machine === machine);
    const ids = machines.length === 1 ? '' : `, ${own.map(({ id }) => id).join(', ')}`;
    return `- Node ${node}${ids}: ${machine}; ${versionsText(own)}.`;
  });
}

function tableOf(rows: Rows): string[] {
  const [head = [], ...lines] = rows;
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'));
  return piped([head, rule, ...lines].map((cells) => cells.join(' | ')));
}

const piped = (lines: readonly string[]): string[] => lines.map((line) => `| ${line.trim()} |`);
