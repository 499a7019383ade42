import type { Spread } from './spread.js';
import { shown } from './numbers.js';

export interface Bar {
  readonly name: string;
  readonly spread: Spread;
  /** Highlights the bar. */
  readonly isOurs: boolean;
}

const WIDTH = 720;
const LABEL_WIDTH = 190;
const VALUE_WIDTH = 90;
const ROW = 28;
const BAR = 16;
const TOP = 34;

/** Fits light and dark pages: no background, and greys that are legible on white and on black. */
const STYLE = [
  'text { font: 13px system-ui, sans-serif; fill: #59636e }',
  '.title { font-weight: 600 }',
  '.value { font-variant-numeric: tabular-nums }',
  '.bar { fill: #afb8c1 } .ours { fill: #0969da }',
  '.range { stroke: #59636e; stroke-width: 1.5 }',
  '@media (prefers-color-scheme: dark) { text { fill: #9198a1 } .bar { fill: #59636e } .ours { fill: #4493f8 } .range { stroke: #c9d1d9 } }',
].join(' ');

/** Draws an SVG with a horizontal bar for each median and a line for its range. */
export function barPlot(title: string, bars: readonly Bar[]): string {
  const most = Math.max(...bars.map(({ spread }) => spread.max), Number.MIN_VALUE);
  const scale = (WIDTH - LABEL_WIDTH - VALUE_WIDTH) / most;
  const height = TOP + bars.length * ROW + 4;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img">`,
    `<title>${escaped(title)}</title><style>${STYLE}</style>`,
    `<text class="title" x="0" y="18">${escaped(title)}</text>`,
    ...bars.map((bar, index) => rowOf(bar, TOP + index * ROW, scale)),
    '</svg>\n',
  ].join('\n');
}

function rowOf({ name, spread, isOurs }: Bar, y: number, scale: number): string {
  const { median, min, max } = spread;
  const at = (value: number): string => (LABEL_WIDTH + Math.max(0, value) * scale).toFixed(1);
  const middle = y + BAR / 2;
  const range = min === max ? '' : `<path class="range" d="M${at(min)} ${middle}H${at(max)}"/>`;
  return [
    `<text x="${LABEL_WIDTH - 8}" y="${middle + 4.5}" text-anchor="end">${escaped(name)}</text>`,
    `<rect class="bar${isOurs ? ' ours' : ''}" x="${LABEL_WIDTH}" y="${y}" width="${(Math.max(0, median) * scale).toFixed(1)}" height="${BAR}" rx="2"/>`,
    range,
    `<text class="value" x="${WIDTH - VALUE_WIDTH + 8}" y="${middle + 4.5}">${shown(median)}</text>`,
  ].join('');
}

const escaped = (text: string): string => text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
