import type { ClientMessage, Position } from '@skreaver/protocol';
import type { Awaitable } from '../client-options.js';
import { dispose } from '../dispose.js';
import { type Clock, createTimer } from '../environment/clock.js';
import { type SkreaverError, failure } from '../errors.js';
import { waiting } from '../wait.js';
import type { ChannelEvent } from './channel-event.js';
import type { Reset, SubscribeOptions } from './subscribe-options.js';
import type { Subscription } from './subscription.js';

export type ConsumeVerdict = 'retry' | 'skip' | 'stop';

export interface ConsumeOptions {
  /** An acknowledgement covers all events before it. Default: after 20 events, or 1,000 ms. */
  readonly ackEvery?: { readonly events?: number; readonly ms?: number };
  /**
   * Events may have been missed: those after the acknowledged one are not kept any more, or the user has acknowledged
   * nothing yet. Default: `continue` with the next event.
   */
  readonly onUnrecovered?: 'continue' | 'stop' | ((reset: Reset) => 'continue' | 'stop');
  /** After an error of the handler. `retry` waits a growing time before. Default: `stop`. */
  readonly onError?: ConsumeVerdict | ((error: unknown) => Awaitable<ConsumeVerdict>);
  /** Events that may wait for the handler. Above it the channel is left until they are done. Default: 1,000. */
  readonly buffer?: number;
}

/** Handles the events of a channel one by one, each at least once. */
export interface Consumer extends Disposable {
  readonly channel: string;
  /**
   * Resolves when it was closed. Rejects when it stopped by an error: of the handler, or a {@link SubscribeError}. The
   * `error` event of the client has it too.
   */
  readonly done: Promise<void>;
  /** Ends it after the event at hand, and acknowledges that. The event is handled again if its signal ends it. */
  close(): Promise<void>;
}

export interface ConsumerHost {
  readonly clock: Clock;
  readonly backoff: (failures: number) => number;
  readonly send: (message: ClientMessage) => void;
  readonly onError: (error: unknown) => void;
  readonly subscribe: (channel: string, options: SubscribeOptions) => Subscription;
}

export type ConsumeHandler = (event: ChannelEvent, context: { readonly signal: AbortSignal }) => Awaitable<void>;

export function createConsumer(
  host: ConsumerHost,
  channel: string,
  handle: ConsumeHandler,
  { onError = 'stop', onUnrecovered = 'continue', buffer, ackEvery = {} }: ConsumeOptions = {},
): Consumer {
  const { events: most = 20, ms = 1_000 } = ackEvery;
  const abort = new AbortController();
  const { signal } = abort;
  const ackTimer = createTimer(host.clock);
  let subscription: Subscription;
  let handled: Position | undefined;
  let unacked = 0;
  let unhandled = 0;
  let reason: SkreaverError | undefined;

  const ack = (): void => {
    // An offset of a counter that has begun anew since then would acknowledge other events.
    const isOfNow = handled?.epoch === subscription.position?.epoch;
    if (!handled || !unacked || !isOfNow || (subscription.state.status !== 'subscribed' && !signal.aborted)) return;
    unacked = 0;
    host.send({ type: 'ack', data: { channel, offset: handled.offset } });
  };

  const done = (position: Position | undefined): void => {
    handled = position ?? handled;
    unacked += 1;
    if (unacked >= most) ack();
    else if (unacked === 1) ackTimer(ms, ack);
  };

  const onReset = (reset: Reset): void => {
    const verdict = typeof onUnrecovered === 'function' ? onUnrecovered(reset) : onUnrecovered;
    if (verdict === 'stop') {
      end(failure('UNRECOVERED'));
      // From here on nothing is missed, also if the process ends before the first event.
    } else if (unhandled === 0) done(reset.position);
  };

  const one = async (event: ChannelEvent): Promise<void> => {
    for (let failures = 0; !signal.aborted; failures += 1) {
      try {
        await handle(event, abort);
      } catch (error) {
        if (signal.aborted) return;
        const verdict = typeof onError === 'function' ? await onError(error) : onError;
        if (verdict === 'stop') throw error;
        if (verdict === 'retry') {
          await waiting(host.clock, { signal, timeout: host.backoff(failures) }, () => () => {}).catch(() => {});
          continue;
        }
      }
      unhandled -= 1;
      return done(event.position);
    }
  };

  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      unhandled = 0;
      subscription = host.subscribe(channel, { since: handled ?? 'acked', onReset, buffer, gaps: 'fill' });
      subscription.on('event', () => (unhandled += 1));
      subscription.on('status', ({ error }) => {
        if (error) end(error);
        // What was handled while there was no connection.
        else ack();
      });
      const events = subscription[Symbol.asyncIterator]();
      for (;;) {
        // Rejects when too many events waited: all that did are handled by now, and it begins anew after them.
        const next = await events.next().catch(() => undefined);
        if (!next) break;
        if (next.done) return;
        await one(next.value);
      }
    }
  };

  const end = (error?: SkreaverError): void => {
    reason ??= error;
    abort.abort(reason);
    subscription.close();
  };

  const finish = (): void => {
    end();
    ack();
    ackTimer();
    if (reason) throw reason;
  };

  const finished = run().finally(finish);
  finished.catch(host.onError);

  const close = (): Promise<void> => {
    end();
    return finished;
  };
  return { channel, done: finished, close, [dispose]: () => void close() };
}
