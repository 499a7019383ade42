import type { Duplex } from 'node:stream';
import { Flusher } from '../../src/transport/outbound/flusher.js';
import { Frame, type FrameForm } from '../../src/transport/outbound/frame.js';
import { HeldStream } from './held-stream.js';

interface Options {
  readonly frames?: number;
  readonly bytes?: number;
  readonly highWaterMark?: number;
  readonly form?: FrameForm;
}

/** One outbox over a held stream, and its flusher, whose slices are written by hand. */
export function outboxRig({ frames = 10, bytes = 100_000, highWaterMark = 16_384, form = 0 }: Options = {}) {
  const stream = new HeldStream({ highWaterMark });
  const dropping: string[] = [];
  let overflows = 0;
  let sent = 0;
  let slice: (() => void) | undefined;
  const socket = { onOverflow: () => (overflows += 1) };
  const report = {
    messagesSent: (count: number) => (sent += count),
    slowConsumer: (policy: string) => dropping.push(policy),
  };
  const flusher = new Flusher(report, { frames, bytes }, (next) => (slice = next));
  const outbox = flusher.createOutbox(socket, stream as unknown as Duplex, form);

  const sentBy = (act: () => void): number => {
    const before = sent;
    act();
    return sent - before;
  };
  /** Writes the slice that is scheduled. Returns the frames written, 0 without one. */
  const flush = (): number =>
    sentBy(() => {
      const due = slice;
      slice = undefined;
      due?.();
    });
  const push = (frame: Frame): boolean => flusher.push(outbox, frame);
  const pushAll = (texts: readonly string[]): boolean[] => texts.map((text) => push(Frame.text(text)));
  /** Everything to the kernel, as for a peer that reads. */
  const drain = async (): Promise<void> => {
    do await stream.takeAll();
    while (flush() > 0);
  };
  return {
    outbox,
    stream,
    socket,
    dropping,
    push,
    pushAll,
    flush,
    drain,
    finish: () => sentBy(() => flusher.finish(outbox)),
    close: () => flusher.close(outbox),
    whenDrained: () => flusher.whenDrained(outbox),
    isScheduled: () => slice !== undefined,
    overflows: () => overflows,
    sent: () => sent,
  };
}

/** The bytes of these messages, as text. */
export function wireOf(texts: readonly string[]): string {
  return texts.map((text) => Frame.text(text).bytes.toString()).join('');
}
