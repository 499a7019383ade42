import type { LoadConnection } from './load-connection.js';

/** A closed loop: each connection asks again as soon as it is answered, until told to end. */
export class RequestLoop {
  private requests = 0;
  private unanswered = 0;
  private ended: (() => void) | undefined;

  constructor(private readonly frames: ReadonlyMap<LoadConnection, Buffer>) {}

  /** @returns answers within `ms` and what came for the requests under way then */
  async run(ms: number): Promise<{ readonly requests: number; readonly ms: number }> {
    const startedAt = performance.now();
    for (const [connection, frame] of this.frames) {
      this.unanswered += 1;
      connection.send(frame);
    }
    await new Promise<void>((resolve) => {
      setTimeout(() => (this.ended = resolve), ms);
    });
    return { requests: this.requests, ms: performance.now() - startedAt };
  }

  answered(connection: LoadConnection): void {
    this.requests += 1;
    if (this.ended === undefined) return connection.send(this.frames.get(connection) as Buffer);
    this.unanswered -= 1;
    if (this.unanswered === 0) this.ended();
  }
}
