import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { MetricName } from '../../src/metrics/metric-names.js';
import { metricNamesOfServer, namesIn } from './metric-names.js';
import { shipped } from './shipped-file.js';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string }[];
}

const dashboard = JSON.parse(shipped('grafana/skreaver-ws.json')) as {
  panels: Panel[];
  templating: { list: { query: string }[] };
};
const panels = dashboard.panels.filter(({ type }) => type !== 'row');
const expressions = panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })));

/** Grafana's variables as it fills them in. */
const filled = (expr: string): string =>
  expr.replaceAll('$__rate_interval', '1m').replaceAll('$job', 'skreaver-ws').replaceAll('$instance', '.*');

describe('the dashboard', () => {
  it('has expressions that Prometheus accepts', () => {
    const dir = mkdtempSync(join(tmpdir(), 'dashboard-'));
    const file = join(dir, 'rules.json');
    const rules = expressions.map(({ expr }, at) => ({ record: `panel:${at}`, expr: filled(expr) }));
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
    try {
      const said = execFileSync('/usr/bin/promtool', ['check', 'rules', file], { encoding: 'utf8', stdio: 'pipe' });
      expect(said).toContain(`SUCCESS: ${expressions.length} rules found`);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it('has a description and a number of its own for each panel', () => {
    expect(panels.filter(({ description = '' }) => description === '')).toEqual([]);
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('has no two panels in one place', () => {
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...dashboard.panels.map(({ gridPos: { x, w } }) => x + w))).toBe(24);
  });

  it('shows every metric of the module', () => {
    const shown = expressions.flatMap(({ expr }) => namesIn(filled(expr)).map((name) => name.replace(/_bucket$/, '')));
    expect(Object.values(MetricName).filter((name) => !shown.includes(name))).toEqual([]);
  });
});

describe('the metrics of the dashboard', () => {
  let names: ReadonlySet<string>;
  beforeAll(async () => {
    names = await metricNamesOfServer();
  });

  it.each(expressions)('are served by the server: $title, $expr', ({ expr }) => {
    expect(namesIn(filled(expr)).filter((name) => !names.has(name) && name !== 'up')).toEqual([]);
  });

  it('are served by the server, those of its variables too', () => {
    const asked = dashboard.templating.list.flatMap(({ query }) => /^label_values\((\w+)/.exec(query)?.[1] ?? []);
    expect(asked.filter((name) => !names.has(name))).toEqual([]);
    expect(asked).toHaveLength(2);
  });
});
