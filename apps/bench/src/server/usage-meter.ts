import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { ServerUsage } from './server-messages.js';

const NANOS_PER_MS = 1e6;

/** CPU time and event loop delay of this process from its making until {@link read}. */
export class UsageMeter {
  private readonly delay = monitorEventLoopDelay({ resolution: 1 });
  private readonly cpu = process.cpuUsage();
  private readonly startedAt = performance.now();

  constructor() {
    this.delay.enable();
  }

  read(): ServerUsage {
    const { user, system } = process.cpuUsage(this.cpu);
    const wallMs = performance.now() - this.startedAt;
    this.delay.disable();
    const at = (percentile: number): number => this.delay.percentile(percentile) / NANOS_PER_MS;
    return {
      cpuMicros: user + system,
      wallMs,
      loopDelay: { p50: at(50), p99: at(99), p999: at(99.9), max: this.delay.max / NANOS_PER_MS },
    };
  }
}
