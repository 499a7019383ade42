import type { ErrorBody, Position } from '@skreaver/protocol';
import { createAsyncQueue, type AsyncQueue } from '../async-queue.js';
import { dispose } from '../dispose.js';
import { createEmitter } from '../emitter.js';
import type { Clock } from '../environment/clock.js';
import { SubscribeError } from '../errors.js';
import { type Wait, waitForStatus } from '../wait.js';
import { type ChannelEvent, includes } from './channel-event.js';
import type { HistoryPage, HistoryReader } from './history.js';
import { createHolding } from './holding.js';
import type { Reset, SubscribeOptions } from './subscribe-options.js';
import type { Member, Subscription, SubscriptionEvents, SubscriptionState } from './subscription.js';

export interface HandleHost {
  readonly clock: Clock;
  /** Milliseconds until the next try, after so many failures. */
  readonly backoff: (failures: number) => number;
  readonly history: HistoryReader;
  readonly onThrow: (error: unknown) => void;
  /** An error that nobody listened to. */
  readonly onError: (error: SubscribeError) => void;
  readonly onClose: (handle: Handle) => void;
}

/** Of the server, or of the client, which has no sentence. */
export type Failure = Pick<ErrorBody, 'code' | 'details'> & Partial<ErrorBody>;

/** A subscription as its channel sees it. */
export interface Handle {
  readonly subscription: Subscription;
  readonly options: SubscribeOptions;
  status(status: SubscriptionState['status'], error?: Failure): void;
  /**
   * The channel is subscribed to.
   * @param recovered whether events go on after the position of the handle
   * @param position that of the channel
   */
  begin(recovered: boolean, position: Position | undefined): void;
  take(event: ChannelEvent): void;
  presence(kind: 'join' | 'leave', member: Member): void;
}

const BUFFER = 1_000;

const missing = (from: number, to: number) => (from > to ? undefined : { from, to });

export function createHandle(channel: string, options: SubscribeOptions, host: HandleHost): Handle {
  const { load, replay, since, signal, buffer = BUFFER, onOverflow = 'error' } = options;
  const events = createEmitter<SubscriptionEvents<unknown>>(host.onThrow);
  const queues = new Set<AsyncQueue<ChannelEvent>>();
  let state: SubscriptionState = Object.freeze({ status: 'idle' });
  let at: Position | undefined = typeof since === 'object' ? since : undefined;
  let hasBegun = false;

  const deliver = (event: ChannelEvent): void => {
    const { position } = event;
    if (state.status === 'closed' || includes(at, position)) return;
    const gap = position && at ? missing(at.offset + 1, position.offset - 1) : event.gap;
    at = position ?? at;
    if (gap) events.emit('gap', gap);
    if (event.metadata.kind !== undefined) return;
    const given = { ...event, gap };
    events.emit('event', given);
    for (const queue of queues) queue.push(given);
  };

  const fail = (error: SubscribeError): void => {
    if (!events.emit('error', error)) host.onError(error);
  };

  const holding = createHolding({
    ...host,
    limit: buffer,
    deliver,
    onFailure: (code, cause) => fail(new SubscribeError(channel, { code, retryable: true, cause })),
  });

  /** Reads what is missing from the history, as far as it is there. */
  const fill = (event: ChannelEvent, target: Position): void =>
    holding.run(async (aborted) => {
      let page: HistoryPage;
      do {
        page = await host.history(channel, { since: at, limit: 1000 }, { signal: aborted });
        if (aborted.aborted) return;
        for (const past of page.events) deliver(past);
      } while (page.events.length > 0 && !includes(at, target));
    }, event);

  const reset = (reason: Reset['reason'], position: Position | undefined): void => {
    holding.stop();
    at = position;
    events.emit('reset', { reason, position });
    if (state.status === 'closed') return;
    if (load) {
      holding.run(async (aborted) => {
        const loaded = await load({ signal: aborted });
        if (aborted.aborted) return;
        at = loaded.position ?? at;
        events.emit('state', loaded.state);
      });
    } else if (replay && reason === 'new') {
      holding.run(async (aborted) => {
        const page = await host.history(channel, { limit: replay.last, reverse: true }, { signal: aborted });
        const past = page.events.toReversed();
        // Where all of them are newer than the subscription, they are among those that are held.
        if (aborted.aborted || !includes(position, past[0]?.position)) return;
        at = undefined;
        for (const event of past) deliver(event);
      });
    }
  };

  const close = (): void => {
    if (state.status === 'closed') return;
    holding.stop();
    signal?.removeEventListener('abort', close);
    handle.status('closed');
    for (const queue of queues) queue.end();
    host.onClose(handle);
  };

  const handle: Handle = {
    options,
    subscription: {
      channel,
      get state() {
        return state;
      },
      get position() {
        return at;
      },
      on: events.on,
      ready: (wait?: Wait) =>
        waitForStatus(
          host.clock,
          wait,
          'subscribed',
          ['failed', 'closed'],
          () => state,
          (look) => events.on('status', look),
        ),
      close,
      [Symbol.asyncIterator]() {
        const queue = createAsyncQueue<ChannelEvent>(buffer, onOverflow, () => {
          queues.delete(queue);
          close();
        });
        if (state.status === 'closed') queue.end();
        queues.add(queue);
        return queue.iterator;
      },
      [dispose]: close,
    },
    status(status, body) {
      if (state.status === 'closed' || (state.status === status && !body)) return;
      const error = body && new SubscribeError(channel, body);
      state = Object.freeze({ status, error });
      events.emit('status', state);
      // A listener may have closed it for that.
      if (error && state.error) fail(error);
    },
    begin(recovered, position) {
      const isNew = !hasBegun;
      hasBegun = true;
      const before = state;
      const hasBegunAnew = at && position && at.epoch !== position.epoch;
      const goesOn = recovered ? !hasBegunAnew && (!isNew || since) : !isNew && includes(at, position);
      if (!goesOn) reset(isNew && !since ? 'new' : hasBegunAnew ? 'epoch' : 'unrecovered', position);
      // A listener may have ended the connection.
      if (state === before) handle.status('subscribed');
    },
    take(event) {
      const { gap, position } = event;
      const isFilled = options.gaps === 'fill' && gap && position && !holding.isHolding();
      if (isFilled) fill(event, position);
      else holding.take(event);
    },
    presence: (kind, member) => void events.emit(kind, member),
  };

  const listeners = { event: options.onEvent, error: options.onError, reset: options.onReset, state: options.onState };
  for (const [event, listener] of Object.entries(listeners)) {
    if (listener) events.on(event as keyof typeof listeners, listener as never);
  }
  signal?.addEventListener('abort', close);
  return handle;
}
