import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Recipient } from '../../src/transport/outbound/batch.js';
import { Flusher } from '../../src/transport/outbound/flusher.js';
import { Outbox, type OutboxLimits } from '../../src/transport/outbound/outbox.js';
import { HeldStream } from './held-stream.js';

/** One who may join audiences: an outbox over a stream that takes everything until told to hold. */
export interface Listener {
  readonly socket: { readonly recipient: Recipient };
  readonly recipient: Recipient;
  readonly outbox: Outbox;
  readonly stream: HeldStream;
  onOverflow: () => void;
}

const open = { readyState: 1, OPEN: 1 } as WebSocket;

/** Outboxes under one flusher, which writes at the end of each turn. */
export function listenersRig(count: number, limits: OutboxLimits = { frames: 1000, bytes: 1_048_576 }) {
  const report = { sent: 0, policies: [] as string[] };
  const flusher = new Flusher(
    {
      messagesSent: (frames) => (report.sent += frames),
      slowConsumer: (policy) => report.policies.push(policy),
    },
    limits,
  );
  const listeners = Array.from({ length: count }, (): Listener => {
    const stream = new HeldStream();
    stream.open();
    const owner = { overflowed: () => listener.onOverflow() };
    const outbox = new Outbox(open, stream as unknown as Duplex, flusher, owner, 0);
    const listener: Listener = {
      socket: { recipient: outbox },
      recipient: outbox,
      outbox,
      stream,
      onOverflow: () => {},
    };
    return listener;
  });
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return { flusher, listeners, report, turn };
}
