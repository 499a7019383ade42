import type { Channel, ChannelEvent, Client, EventOf, SubscribeOptions, SubscriptionState } from '@skreaver/client';
import { useMemo } from 'react';
import { useAnyClient } from './client-context.js';
import type { RegisteredContract } from './register.js';
import { createStore, useStore } from './store.js';
import { type Latest, useLatest } from './use-latest.js';

/** Functions are the newest ones. The others are read when the component subscribes. */
export type SubscriptionHookOptions<T = unknown> = Omit<
  SubscribeOptions<T>,
  'onEvent' | 'signal' | 'joinLeave' | 'onOverflow'
>;

export const UNSUBSCRIBED: SubscriptionState = Object.freeze({ status: 'idle' });

/** Subscribes with options whose functions are looked up anew for each call. */
export function subscribeLatest(client: Client, channel: string, latest: Latest<SubscribeOptions>) {
  const given = latest.current as Readonly<Record<string, unknown>>;
  const forwarded = Object.entries(given).map(([name, value]) => {
    if (typeof value !== 'function') return [name, value];
    const call = (argument: unknown): unknown =>
      (((latest.current as typeof given)[name] as typeof value | undefined) ?? value)(argument);
    return [name, call];
  });
  return client.subscribe(channel, Object.fromEntries(forwarded) as SubscribeOptions);
}

/**
 * Calls `onEvent` for each event of a channel while the component is there. `null` subscribes to nothing. Any number of
 * components share one subscription of the connection.
 * @example
 * ```ts
 * import { useSubscription } from '@skreaver/react';
 *
 * export function useLog(room: string | null): boolean {
 *   const { status } = useSubscription(room, ({ data }) => console.log(data));
 *   return status === 'subscribed';
 * }
 * ```
 */
export function useSubscription<K extends Channel<RegisteredContract>>(
  channel: K | null,
  onEvent: (event: ChannelEvent<EventOf<RegisteredContract, K>>) => void,
  options?: SubscriptionHookOptions<EventOf<RegisteredContract, K>>,
): SubscriptionState {
  const client = useAnyClient();
  const latest = useLatest({ ...options, onEvent } as SubscribeOptions);
  const store = useMemo(
    () =>
      createStore(
        UNSUBSCRIBED,
        channel === null
          ? undefined
          : ({ set }) => {
              const subscription = subscribeLatest(client, channel, latest);
              set(subscription.state);
              subscription.on('status', set);
              return subscription.close;
            },
      ),
    [client, channel, latest],
  );
  return useStore(store);
}
