import type {
  Channel,
  ChannelEvent,
  Client,
  EventOf,
  Position,
  SubscribeOptions,
  SubscriptionState,
} from '@skreaver/client';
import { useMemo } from 'react';
import { useAnyClient } from './client-context.js';
import { type Coalesce, coalesce } from './coalesce.js';
import type { RegisteredContract } from './register.js';
import { type Store, createStore, useStore } from './store.js';
import { type Latest, useLatest } from './use-latest.js';
import { type SubscriptionHookOptions, UNSUBSCRIBED, subscribeLatest } from './use-subscription.js';

export interface ChannelOptions<T, Data> extends Omit<SubscriptionHookOptions<T>, 'load' | 'onState'> {
  /** What is shown before the first event, and on a server. */
  readonly initial: Data;
  /** Returns the data with an event; must not change the data that it is given. */
  readonly reduce: (data: Data, event: ChannelEvent<T>) => Data;
  /**
   * Loads the data that the events change, at the beginning and whenever events may have been missed. Events wait
   * meanwhile; those up to `position` are not given again.
   */
  readonly load?: (context: {
    readonly signal: AbortSignal;
  }) => Promise<{ readonly state: NoInfer<Data>; readonly position?: Position | undefined }>;
  /** When changes are shown. Default: `frame`. */
  readonly coalesce?: Coalesce;
}

/** A new frozen object for each change. */
export interface ChannelSnapshot<Data> {
  readonly data: Data;
  readonly state: SubscriptionState;
}

/** Without the names of a contract. */
type AnyOptions = ChannelOptions<unknown, unknown>;

function channelStore(
  client: Client,
  channel: string | null,
  first: ChannelSnapshot<unknown>,
  latest: Latest<AnyOptions & SubscribeOptions>,
): Store<ChannelSnapshot<unknown>> {
  if (channel === null) return createStore(first);
  return createStore(first, ({ set }) => {
    let { data } = first;
    let isOver = false;
    const show = (): void => {
      if (!isOver) set({ data, state: subscription.state });
    };
    const change = (next: unknown): void => {
      data = next;
      coalesce(show, latest.current.coalesce);
    };
    set(first);
    const subscription = subscribeLatest(client, channel, latest);
    subscription.on('event', (event) => change(latest.current.reduce(data, event)));
    subscription.on('state', change);
    subscription.on('status', () => change(data));
    return () => {
      isOver = true;
      subscription.close();
    };
  });
}

/**
 * What the events of a channel make of some data. `null` subscribes to nothing, and shows `initial`. A component begins
 * with `initial`, so give `load` or `replay` where it needs what came before it.
 * @example
 * ```ts
 * import { useChannel } from '@skreaver/react';
 *
 * export function useLatestTexts(room: string) {
 *   return useChannel(room, {
 *     initial: [] as readonly string[],
 *     reduce: (texts, { data }) => [...texts, String(data)].slice(-100),
 *     replay: { last: 100 },
 *   });
 * }
 * ```
 */
export function useChannel<K extends Channel<RegisteredContract>, Data>(
  channel: K | null,
  options: ChannelOptions<EventOf<RegisteredContract, K>, Data>,
): ChannelSnapshot<Data> {
  const client = useAnyClient();
  const { initial } = options;
  const latest = useLatest(options as unknown as AnyOptions & SubscribeOptions);
  const store = useMemo(
    () => channelStore(client, channel, { data: initial, state: UNSUBSCRIBED }, latest),
    // Data that is new with each render, such as `[]`, must not begin anew.
    [client, channel, latest],
  );
  return useStore(store) as ChannelSnapshot<Data>;
}
