import { useSyncExternalStore } from 'react';

/** What `useSyncExternalStore` needs: the same frozen snapshot until something changes, and a constant one for the server. */
export interface Store<S> {
  readonly subscribe: (onChange: () => void) => () => void;
  readonly get: () => S;
  readonly first: () => S;
  readonly set: (next: S) => void;
}

/**
 * @param start is called when the first one subscribes. What it returns is called after the last one has left; the store
 * may be started again, as StrictMode does.
 */
export function createStore<S extends object>(first: S, start?: (store: Store<S>) => () => void): Store<S> {
  const listeners = new Set<() => void>();
  let snapshot = Object.freeze(first);
  let stop: (() => void) | undefined;
  const store: Store<S> = {
    get: () => snapshot,
    first: () => first,
    set(next) {
      if (next === snapshot) return;
      snapshot = Object.freeze(next);
      for (const listener of listeners) listener();
    },
    subscribe(onChange) {
      // Before the start: Preact does not look at the snapshot again after it has subscribed.
      listeners.add(onChange);
      if (listeners.size === 1) stop = start?.(store);
      return () => {
        if (listeners.delete(onChange) && listeners.size === 0) stop?.();
      };
    },
  };
  return store;
}

export const useStore = <S>({ subscribe, get, first }: Store<S>): S => useSyncExternalStore(subscribe, get, first);
