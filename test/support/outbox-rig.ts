import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { Frame } from '../../src/transport/outbound/frame.js';
import { JoinedFrames } from '../../src/transport/outbound/joined-frames.js';
import { type FlushSchedule, Outbox } from '../../src/transport/outbound/outbox.js';
import { HeldStream } from './held-stream.js';

interface Options {
  readonly frames?: number;
  readonly bytes?: number;
  readonly highWaterMark?: number;
  readonly windowBits?: number;
}

/** An outbox over a held stream, flushed by hand. */
export function outboxRig({ frames = 10, bytes = 100_000, highWaterMark = 16_384, windowBits = 0 }: Options = {}) {
  const stream = new HeldStream({ highWaterMark });
  const webSocket = { readyState: 1 as number, OPEN: 1 };
  const scheduled: Outbox[] = [];
  const wrote: number[] = [];
  const dropping: string[] = [];
  let overflows = 0;
  const schedule: FlushSchedule = {
    limits: { frames, bytes },
    joinedFrames: new JoinedFrames(),
    lastNumber: 0,
    lackedBy: () => [],
    hasMoreFor: () => false,
    stalled: () => {},
    resumed: () => {},
    scheduleOwn: (each) => scheduled.push(each),
    schedule: (each) => scheduled.push(each),
    wrote: (count) => wrote.push(count),
    dropping: (policy) => dropping.push(policy),
  };
  const outbox = new Outbox(
    webSocket as unknown as WebSocket,
    stream as unknown as Duplex,
    schedule,
    { overflowed: () => (overflows += 1) },
    windowBits,
  );
  const flush = (): number => outbox.flush();
  const pushAll = (texts: readonly string[]): boolean[] => texts.map((text) => outbox.push(Frame.text(text)));
  /** Everything to the kernel, as for a peer that reads. */
  const drain = async (): Promise<void> => {
    do await stream.takeAll();
    while (flush() > 0);
  };
  return { outbox, stream, webSocket, scheduled, wrote, dropping, flush, pushAll, drain, overflows: () => overflows };
}

/** The bytes of these messages, as text. */
export function wireOf(texts: readonly string[]): string {
  return texts.map((text) => Frame.text(text).bytes.toString()).join('');
}
