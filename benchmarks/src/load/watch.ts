import { LatencyRecorder, monotonicMicros } from './latency-recorder.js';
import type { LoadConnection } from './load-connection.js';
import type { Latency } from './load-messages.js';

/** Sends requests at fixed intervals, answered or not (open loop), so that a stalled server shows in the latency. */
export class Watch {
  private readonly latency = new LatencyRecorder();
  private readonly askedAt: number[] = [];
  private readonly timer: NodeJS.Timeout;

  constructor(connection: LoadConnection, request: Buffer, everyMs: number) {
    this.timer = setInterval(() => {
      this.askedAt.push(monotonicMicros());
      connection.send(request);
    }, everyMs);
  }

  answered(): void {
    const askedAt = this.askedAt.shift();
    if (askedAt !== undefined) this.latency.recordSince(askedAt);
  }

  /** Records each unanswered request with the time that it has waited so far. */
  end(): Latency {
    clearInterval(this.timer);
    for (const askedAt of this.askedAt.splice(0)) this.latency.recordSince(askedAt);
    return this.latency.read();
  }
}
