import type { ConnectionState } from '@skreaver/client';
import { useCallback, useSyncExternalStore } from 'react';
import { useAnyClient } from './client-context.js';

const IDLE: ConnectionState = Object.freeze({ status: 'idle' });

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
  const subscribe = useCallback((onChange: () => void) => client.on('state', onChange), [client]);
  return useSyncExternalStore(
    subscribe,
    () => client.state,
    () => IDLE,
  );
}
