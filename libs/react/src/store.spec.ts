import { describe, expect, it, vi } from 'vitest';
import { createStore } from './store.js';

describe('a store', () => {
  it('gives the same frozen snapshot until it is set to another one, and always the same first one', () => {
    const store = createStore({ n: 1 });
    const first = store.get();
    expect(Object.isFrozen(first)).toBe(true);
    expect(store.get()).toBe(first);
    store.set({ n: 2 });
    expect(store.get()).toEqual({ n: 2 });
    expect(Object.isFrozen(store.get())).toBe(true);
    expect(store.first()).toBe(first);
  });

  it('tells its subscribers of changes alone', () => {
    const store = createStore({ n: 1 });
    const changed = vi.fn<() => void>();
    const leave = store.subscribe(changed);
    store.set(store.get());
    expect(changed).not.toHaveBeenCalled();
    store.set({ n: 2 });
    expect(changed).toHaveBeenCalledTimes(1);
    leave();
    store.set({ n: 3 });
    expect(changed).toHaveBeenCalledTimes(1);
  });

  it('starts with the first subscriber, stops after the last one, once, and can start again', () => {
    const calls: string[] = [];
    const store = createStore({}, () => {
      calls.push('start');
      return () => calls.push('stop');
    });
    const [one, other] = [store.subscribe(() => {}), store.subscribe(() => 1)];
    one();
    one();
    expect(calls).toEqual(['start']);
    other();
    other();
    store.subscribe(() => {})();
    expect(calls).toEqual(['start', 'stop', 'start', 'stop']);
  });

  it('tells a subscriber of what changes while it starts', () => {
    const store = createStore({ n: 1 }, ({ set }) => {
      set({ n: 2 });
      return () => {};
    });
    const changed = vi.fn<() => void>();
    store.subscribe(changed);
    expect(changed).toHaveBeenCalledTimes(1);
  });
});
