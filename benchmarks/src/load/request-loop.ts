import { type LatencyRecorder, monotonicMicros } from './latency-recorder.js';
import type { LoadConnection } from './load-connection.js';

interface Asking {
  readonly frame: Buffer;
  sentAt: number;
}

/** Closed loop: each connection sends its next request as soon as it is answered, until the time is up. */
export class RequestLoop {
  private readonly asking = new Map<LoadConnection, Asking>();
  private answers = 0;
  private unanswered = 0;
  private end: (() => void) | undefined;

  constructor(
    frames: Iterable<readonly [LoadConnection, Buffer]>,
    private readonly latency: LatencyRecorder | undefined,
  ) {
    for (const [connection, frame] of frames) this.asking.set(connection, { frame, sentAt: 0 });
  }

  /** @returns the number of responses, including those to requests that were in flight after `ms` */
  async run(ms: number): Promise<number> {
    for (const [connection, asking] of this.asking) {
      this.unanswered += 1;
      send(connection, asking);
    }
    await new Promise<void>((resolve) => {
      setTimeout(() => (this.end = resolve), ms);
    });
    return this.answers;
  }

  answered(connection: LoadConnection): void {
    const asking = this.asking.get(connection);
    if (asking === undefined) return;
    this.answers += 1;
    this.latency?.recordSince(asking.sentAt);
    if (this.end === undefined) return send(connection, asking);
    this.unanswered -= 1;
    if (this.unanswered === 0) this.end();
  }
}

function send(connection: LoadConnection, asking: Asking): void {
  asking.sentAt = monotonicMicros();
  connection.send(asking.frame);
}
