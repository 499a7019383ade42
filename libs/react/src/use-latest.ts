import { useInsertionEffect, useRef } from 'react';

export interface Latest<T> {
  readonly current: T;
}

/** What was given to the newest render that is on the screen: a new function for each render subscribes to nothing anew. */
export function useLatest<T>(value: T): Latest<T> {
  const ref = useRef(value);
  // Before every other effect, and without the warning that React 18 has on servers for layout effects.
  useInsertionEffect(() => {
    ref.current = value;
  });
  return ref;
}
