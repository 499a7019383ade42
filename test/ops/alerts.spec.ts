import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { DEPLOY, shipped } from './shipped-file.js';
import { metricNamesOfServer, namesIn } from './metric-names.js';

const promtool = (...args: string[]): string =>
  execFileSync('/usr/bin/promtool', args, { cwd: join(DEPLOY, 'prometheus'), encoding: 'utf8', stdio: 'pipe' });

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly annotations?: { readonly runbook: string };
}

interface RuleTest {
  readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts: readonly unknown[] }[];
}

const { groups } = parse(shipped('prometheus/alerts.yml')) as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);
const alerts = rules.flatMap(({ alert, expr, annotations }) =>
  alert === undefined ? [] : [{ alert, expr, runbook: annotations?.runbook }],
);

describe('the alerts', () => {
  it('are rules that Prometheus accepts', () => {
    expect(promtool('check', 'rules', 'alerts.yml')).toContain(`SUCCESS: ${rules.length} rules found`);
  });

  it.each(['prometheus.yml', 'prometheus.cluster.yml'])(
    'are in a configuration that Prometheus accepts: %s',
    (file) => {
      expect(promtool('check', 'config', '--syntax-only', file)).toContain('SUCCESS');
    },
  );

  it('fire and are quiet where their tests say so', () => {
    expect(promtool('test', 'rules', 'alerts.test.yml')).toContain('SUCCESS');
  });

  const { tests } = parse(shipped('prometheus/alerts.test.yml')) as { tests: RuleTest[] };
  const tested = tests.flatMap((test) => test.alert_rule_test);

  it.each(alerts)('$alert has a test in which it fires, and one in which it is quiet', ({ alert }) => {
    const outcomes = tested.filter(({ alertname }) => alertname === alert).map((one) => one.exp_alerts.length > 0);
    expect(new Set(outcomes)).toEqual(new Set([true, false]));
  });

  it.each(alerts)('$alert has its heading in the runbook', ({ alert, runbook = '' }) => {
    const [page = '', anchor] = runbook.split('#');
    expect(anchor).toBe(alert.toLowerCase());
    expect(readFileSync(join(DEPLOY, '..', page), 'utf8')).toMatch(new RegExp(`^### ${alert}$`, 'm'));
  });

  it('all have one meaning: the runbook has no heading of an alert that there is not', () => {
    const runbook = readFileSync(join(DEPLOY, '../docs/guide/runbook.md'), 'utf8');
    const headings = [...runbook.matchAll(/^### (SkreaverWs\w+)$/gm)].map(([, heading]) => heading);
    expect(headings.toSorted()).toEqual(alerts.map(({ alert }) => alert).toSorted());
  });

  it('are the same for the Prometheus operator', () => {
    const { spec } = parse(shipped('kubernetes/components/prometheus-operator/prometheus-rule.yaml')) as {
      spec: unknown;
    };
    expect(spec).toEqual({ groups });
  });
});

describe('the metrics of the alerts', () => {
  let names: ReadonlySet<string>;
  beforeAll(async () => {
    names = await metricNamesOfServer();
  });
  const recorded = rules.flatMap(({ record }) => record ?? []);

  it.each(rules.map(({ alert, record, expr }) => ({ name: alert ?? record, expr })))(
    'are served by the server: $name',
    ({ expr }) => {
      expect(namesIn(expr).filter((name) => !names.has(name) && !recorded.includes(name) && name !== 'up')).toEqual([]);
    },
  );
});
