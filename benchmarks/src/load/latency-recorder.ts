import { createHistogram } from 'node:perf_hooks';
import type { Latency } from './load-messages.js';

const FIELD = Buffer.from('"at":"');
const DIGITS = 15;
const MICROS_PER_MS = 1000;

/** Reads the monotonic clock, which all processes of a machine share, in microseconds. */
export function monotonicMicros(): number {
  const [seconds, nanos] = process.hrtime();
  return seconds * 1e6 + nanos / 1000;
}

/** Records latencies in a histogram. */
export class LatencyRecorder {
  private readonly histogram = createHistogram({ lowest: 1, highest: 60_000_000, figures: 3 });

  recordSince(startedAt: number): void {
    this.histogram.record(Math.max(1, Math.round(monotonicMicros() - startedAt)));
  }

  /** Records the latency of an event, which carries the time of its publish. */
  recordEvent(bytes: Buffer, start: number, end: number): void {
    const field = start < 0 ? -1 : bytes.indexOf(FIELD, start);
    if (field < 0 || field >= end) return;
    this.recordSince(Number(bytes.toString('latin1', field + FIELD.length, field + FIELD.length + DIGITS)));
  }

  read(): Latency {
    const at = (percentile: number): number => this.histogram.percentile(percentile) / MICROS_PER_MS;
    return {
      count: this.histogram.count,
      p50: at(50),
      p90: at(90),
      p99: at(99),
      p999: at(99.9),
      max: this.histogram.max / MICROS_PER_MS,
    };
  }
}
