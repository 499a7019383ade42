import { LatencyRecorder, monotonicMicros } from './latency-recorder.js';
import type { LoadConnection } from './load-connection.js';
import type { Latency } from './load-messages.js';

/** Somebody who asks at fixed intervals, answered or not, so that a server that stands still is seen to. */
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

  /** What is still unanswered counts with the time that it has waited. */
  end(): Latency {
    clearInterval(this.timer);
    for (const askedAt of this.askedAt.splice(0)) this.latency.recordSince(askedAt);
    return this.latency.read();
  }
}
