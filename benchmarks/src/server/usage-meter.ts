import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { LoopDelay, ServerUsage } from './server-messages.js';

const NANOS_PER_MS = 1e6;

/** Measures the CPU time of this process from construction to {@link read}, and optionally its event loop delay. */
export class UsageMeter {
  /** Undefined unless asked for: the sampling wakes the process a thousand times a second, which costs CPU. */
  private readonly delay: IntervalHistogram | undefined;
  private readonly cpu = process.cpuUsage();
  private readonly startedAt = performance.now();

  constructor(measureLoopDelay: boolean) {
    if (!measureLoopDelay) return;
    this.delay = monitorEventLoopDelay({ resolution: 1 });
    this.delay.enable();
  }

  read(): ServerUsage {
    const { user, system } = process.cpuUsage(this.cpu);
    const wallMs = performance.now() - this.startedAt;
    this.delay?.disable();
    return {
      cpuMicros: user + system,
      userMicros: user,
      systemMicros: system,
      wallMs,
      ...(this.delay === undefined ? {} : { loopDelay: loopDelayOf(this.delay) }),
    };
  }
}

function loopDelayOf(delay: IntervalHistogram): LoopDelay {
  const at = (percentile: number): number => delay.percentile(percentile) / NANOS_PER_MS;
  return { p50: at(50), p99: at(99), p999: at(99.9), max: delay.max / NANOS_PER_MS };
}
