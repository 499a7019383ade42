import type { Duplex } from 'node:stream';
import type { Audience } from '../../src/transport/outbound/audience.js';
import { Flusher } from '../../src/transport/outbound/flusher.js';
import { Frame } from '../../src/transport/outbound/frame.js';
import type { Outbox, OutboxLimits } from '../../src/transport/outbound/outbox.js';
import { HeldStream } from './held-stream.js';

/** A member of audiences: an outbox over a stream that takes everything until told to hold. */
export interface Listener {
  readonly outbox: Outbox;
  readonly stream: HeldStream;
  onOverflow: () => void;
}

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
    const socket = { onOverflow: () => listener.onOverflow() };
    const outbox = flusher.createOutbox(socket, stream as unknown as Duplex, 0);
    const listener: Listener = { outbox, stream, onOverflow: () => {} };
    return listener;
  });
  const audienceOf = (members: readonly Listener[]): Audience<Listener> => {
    const audience = flusher.createAudience<Listener>();
    for (const listener of members) audience.add(listener.outbox, listener);
    return audience;
  };
  const push = ({ outbox }: Listener, text: string): boolean => flusher.push(outbox, Frame.text(text));
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return { flusher, listeners, audienceOf, push, report, turn };
}
