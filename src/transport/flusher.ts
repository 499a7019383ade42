import type { Lane } from './frame.js';
import type { FlushSchedule, Outbox } from './outbox.js';
import { SharedBatch } from './shared-batch.js';

/** One flush holds the event loop at most about this long, then lets it turn. */
const SLICE_MS = 5;
/** Reading the clock per socket would cost as much as a short write. */
const SOCKETS_PER_CLOCK_READ = 32;

/** Who counts. */
export interface FlushReport {
  /** At most once per slice, and whenever a full outbox wrote by itself. */
  messagesSent(frames: number): void;
  slowConsumer(policy: Lane['overflow']): void;
}

/**
 * Writes every outbox that got something since the last turn of the event loop, one write each, in the order in which
 * they got it. The queue is sliced so that a broadcast to ten thousand sockets does not hold up everything else.
 */
export class Flusher implements FlushSchedule {
  private queue: Outbox[] = [];
  private scheduled = false;

  constructor(private readonly report: FlushReport) {}

  schedule(outbox: Outbox): void {
    if (outbox.dirty) return;
    outbox.dirty = true;
    this.queue.push(outbox);
    this.scheduleSlice();
  }

  wrote(frames: number): void {
    if (frames > 0) this.report.messagesSent(frames);
  }

  dropping(policy: Lane['overflow']): void {
    this.report.slowConsumer(policy);
  }

  private scheduleSlice(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(this.runSlice);
  }

  private readonly runSlice = (): void => {
    this.scheduled = false;
    const queue = this.queue;
    this.queue = [];
    const shared = new SharedBatch();
    const until = performance.now() + SLICE_MS;
    let written = 0;
    let index = 0;
    while (index < queue.length) {
      const outbox = queue[index++] as Outbox;
      outbox.dirty = false;
      written += outbox.flush(shared);
      if (index % SOCKETS_PER_CLOCK_READ === 0 && performance.now() > until) break;
    }
    this.wrote(written);
    if (index < queue.length) this.requeue(queue, index);
  };

  /** What is left goes before what came in meanwhile. */
  private requeue(queue: Outbox[], from: number): void {
    this.queue = queue.slice(from).concat(this.queue);
    this.scheduleSlice();
  }
}
