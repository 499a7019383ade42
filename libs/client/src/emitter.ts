export interface Emitter<Events> {
  /** @returns a function that removes the listener */
  readonly on: <E extends keyof Events>(event: E, listener: (value: Events[E]) => void) => () => void;
  /** @returns whether anybody listened */
  readonly emit: <E extends keyof Events>(event: E, value: Events[E]) => boolean;
}

/** @param onThrow is given what a listener throws: one listener never keeps an event from the next */
export function createEmitter<Events>(onThrow: (error: unknown, event: keyof Events) => void): Emitter<Events> {
  const listeners = new Map<keyof Events, Set<(value: never) => void>>();
  return {
    on(event, listener) {
      const own = (value: never): void => listener(value);
      const all = listeners.get(event) ?? new Set();
      listeners.set(event, all.add(own));
      return () => void all.delete(own);
    },
    emit(event, value) {
      const all = [...(listeners.get(event) ?? [])];
      for (const listener of all) {
        try {
          listener(value as never);
        } catch (error) {
          onThrow(error, event);
        }
      }
      return all.length > 0;
    },
  };
}
