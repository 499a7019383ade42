import type { Channel, Client, MembersSnapshot } from '@skreaver/client';
import { useMemo } from 'react';
import { useAnyClient } from './client-context.js';
import type { RegisteredContract } from './register.js';
import { type Store, createStore, useStore } from './store.js';

const NOBODY: MembersSnapshot = Object.freeze({ members: Object.freeze([]), isTruncated: false, isLive: false });

const shared = new WeakMap<Client, Map<string, Store<MembersSnapshot>>>();

/** One list for all components that look at a channel, so the server is asked once. */
function membersOf(client: Client, channel: string): Store<MembersSnapshot> {
  const stores = shared.get(client) ?? new Map<string, Store<MembersSnapshot>>();
  shared.set(client, stores);
  const store =
    stores.get(channel) ??
    createStore(NOBODY, ({ set }) => {
      const members = client.members(channel);
      members.subscribe(() => set(members.getSnapshot()));
      return () => {
        stores.delete(channel);
        members.close();
      };
    });
  stores.set(channel, store);
  return store;
}

/**
 * Who is in a channel, kept up to date. `null` looks at none. Needs the permission `presence`.
 * @example
 * ```ts
 * import { usePresence } from '@skreaver/react';
 *
 * export function useNames(room: string): readonly string[] {
 *   return usePresence(room).members.map(({ userId }) => userId);
 * }
 * ```
 */
export function usePresence(channel: Channel<RegisteredContract> | null): MembersSnapshot {
  const client = useAnyClient();
  const store = useMemo(
    () =>
      createStore(
        NOBODY,
        channel === null
          ? undefined
          : ({ set }) => {
              const { get, subscribe } = membersOf(client, channel);
              const leave = subscribe(() => set(get()));
              set(get());
              return leave;
            },
      ),
    [client, channel],
  );
  return useStore(store);
}
