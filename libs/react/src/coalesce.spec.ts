import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { coalesce } from './coalesce.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'requestAnimationFrame', 'cancelAnimationFrame'] });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Frames that only a test lets come. */
function frames() {
  const due = new Map<number, () => void>();
  let count = 0;
  vi.stubGlobal('requestAnimationFrame', (run: () => void) => {
    due.set((count += 1), run);
    return count;
  });
  vi.stubGlobal('cancelAnimationFrame', (id: number) => due.delete(id));
  return {
    due,
    pass(): void {
      const all = [...due.values()];
      due.clear();
      for (const run of all) run();
    },
  };
}

describe('coalescing', () => {
  it('shows all that is due in one frame, each once', () => {
    const page = frames();
    const [one, other] = [vi.fn<() => void>(), vi.fn<() => void>()];
    for (let n = 0; n < 100; n += 1) for (const show of [one, other]) coalesce(show);
    expect(page.due.size).toBe(1);
    expect(one).not.toHaveBeenCalled();
    page.pass();
    page.pass();
    expect([one, other].map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('shows once a second what a hidden page gets, which has no frames', () => {
    const page = frames();
    const show = vi.fn<() => void>();
    coalesce(show);
    vi.advanceTimersByTime(999);
    expect(show).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(show).toHaveBeenCalledTimes(1);
    expect(page.due.size).toBe(0);
  });

  it('takes a timer where there are no frames', () => {
    vi.stubGlobal('requestAnimationFrame', undefined);
    const show = vi.fn<() => void>();
    coalesce(show, 'frame');
    vi.advanceTimersByTime(16);
    expect(show).toHaveBeenCalledTimes(1);
  });

  it('shows at the end of the turn, or at once, where that is wanted', async () => {
    const [later, now] = [vi.fn<() => void>(), vi.fn<() => void>()];
    for (let n = 0; n < 3; n += 1) {
      coalesce(later, 'microtask');
      coalesce(now, 'none');
    }
    expect([later, now].map(({ mock }) => mock.calls.length)).toEqual([0, 3]);
    await Promise.resolve();
    expect(later).toHaveBeenCalledTimes(1);
  });
});
