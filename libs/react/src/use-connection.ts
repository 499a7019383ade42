import type { ConnectionState } from '@skreaver/client';
import { useMemo } from 'react';
import { useAnyClient } from './client-context.js';
import { createStore, useStore } from './store.js';

/**
 * The state of the connection; `idle` on a server. Opens nothing.
 * @example
 * ```ts
 * import { useConnection } from '@skreaver/react';
 *
 * export function useIsOffline(): boolean {
 *   return useConnection().status === 'waiting';
 * }
 * ```
 */
export function useConnection(): ConnectionState {
  const client = useAnyClient();
  const store = useMemo(
    () =>
      createStore<ConnectionState>({ status: 'idle' }, ({ set }) => {
        set(client.state);
        return client.on('state', ({ state }) => set(state));
      }),
    [client],
  );
  return useStore(store);
}
