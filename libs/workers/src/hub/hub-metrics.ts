import { performance } from 'node:perf_hooks';
import { Counter, Gauge, type Registry } from 'prom-client';

const MS_PER_SECOND = 1000;

/** What the hub has done, and holds. */
export interface HubFigures {
  /** Publications of all workers. */
  readonly events: number;
  /** Estimated bytes of events and positions. */
  readonly bytes: number;
}

/** Adds the metrics of a hub to a registry. They are read when they are asked for. */
export function registerHubMetrics(registry: Registry, figures: () => HubFigures): void {
  const metrics = [
    counter('websocket_hub_events_total', 'Publications that the hub was given', () => figures().events),
    counter(
      'websocket_hub_busy_seconds_total',
      'Time in which the event loop of the process of the hub was busy',
      () => performance.eventLoopUtilization().active / MS_PER_SECOND,
    ),
    new Gauge({
      name: 'websocket_hub_memory_bytes',
      help: 'Estimated bytes of the events and positions that the hub keeps',
      registers: [],
      collect() {
        this.set(figures().bytes);
      },
    }),
  ];
  for (const metric of metrics) registry.registerMetric(metric);
}

function counter(name: string, help: string, read: () => number): Counter {
  return new Counter({
    name,
    help,
    registers: [],
    collect() {
      this.reset();
      this.inc(read());
    },
  });
}
