import { register } from 'prom-client';

/**
 * The sum of a metric of this process over the series that have these labels; 0 without any.
 * @param series of a histogram, such as `websocket_fanout_seconds_count`
 */
export async function metricValue(
  series: string,
  labels: Readonly<Record<string, string | number>> = {},
): Promise<number> {
  const name = series.replace(/_(?:bucket|sum|count)$/, '');
  const metric = await (register.getSingleMetric(series) ?? register.getSingleMetric(name))?.get();
  const values = (metric?.values ?? []) as readonly {
    readonly value: number;
    readonly metricName?: string;
    readonly labels: Readonly<Record<string, unknown>>;
  }[];
  return values
    .filter(({ metricName = series }) => metricName === series)
    .filter((each) => Object.entries(labels).every(([label, value]) => each.labels[label] === value))
    .reduce((sum, { value }) => sum + value, 0);
}
