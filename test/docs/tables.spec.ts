import { closeCodes } from '@skreaver/protocol';
import { SkreaverWsConfig, WsErrorCode, configFromEnvironment, environmentNames } from '@skreaver/nestjs-ws';
import { register } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { MetricName } from '../../src/metrics/metric-names.js';
import { startApp } from '../support/test-app.js';
import { rowsOf } from './snippets/tables.js';

const column = (rows: readonly string[][], at: number): string[] => rows.map((cells) => cells[at] ?? '');

describe('the tables of options in the guide', () => {
  const options = rowsOf('limits-and-errors', 'option');
  const defaults = new SkreaverWsConfig();
  const fields = Object.keys(defaults) as (keyof SkreaverWsConfig)[];

  it('list every option once, and no other', () => {
    expect(column(options, 0).toSorted()).toEqual(fields.toSorted());
  });

  it.each(options)('give the default of %s: %s, in the notation of %s', (option, shown = '', variable = '') => {
    const field = option as keyof SkreaverWsConfig;
    expect(variable).toBe(environmentNames[field]);
    const read = configFromEnvironment(['none', 'all'].includes(shown) ? {} : { [variable]: shown });
    expect(read[field] ?? []).toEqual(defaults[field]);
  });
});

describe('the tables of codes in the guide', () => {
  it('list every error code once, in the order of the protocol', () => {
    expect(column(rowsOf('limits-and-errors', 'error code'), 0)).toEqual(Object.values(WsErrorCode));
  });

  it('list every close code with its name and what the client does', () => {
    const shown = rowsOf('limits-and-errors', 'close code').map(([code, name, , client]) => [code, name, client]);
    expect(shown).toEqual(
      closeCodes.map(({ code, name, client }) => [String(code), name, client.replaceAll('-', ' ')]),
    );
  });
});

describe('the table of metrics in the guide', () => {
  it('lists every metric of the module with its labels', async () => {
    await startApp();
    const metrics = register.getMetricsAsArray();
    const labelled = Object.values(MetricName).map((name) => {
      const metric = metrics.find((one) => one.name === name) as unknown as { labelNames: string[]; type: string };
      return [name, metric.type, metric.labelNames.join(', ')];
    });
    const shown = rowsOf('deployment', 'metric').map((cells) => cells.slice(0, 3));
    expect(shown.toSorted()).toEqual(labelled.toSorted());
  });
});
