/**
 * When changes are shown. `frame`: those of one frame at once, and once a second while the page is hidden. `microtask`:
 * those of one turn at once. `none`: each by itself.
 */
export type Coalesce = 'frame' | 'microtask' | 'none';

type Schedule = (run: () => void) => void;

const HIDDEN_MS = 1_000;
const FRAME_MS = 16;

interface Page {
  readonly requestAnimationFrame?: (run: () => void) => number;
  readonly cancelAnimationFrame?: (frame: number | undefined) => void;
}

const onFrame: Schedule = (run) => {
  const page = globalThis as Page;
  let frame: number | undefined;
  // A hidden page has no frames, nor have some engines.
  const onTime = (): void => {
    page.cancelAnimationFrame?.(frame);
    run();
  };
  const timer = setTimeout(onTime, page.requestAnimationFrame ? HIDDEN_MS : FRAME_MS);
  frame = page.requestAnimationFrame?.(() => {
    clearTimeout(timer);
    run();
  });
};

/** What all components show at one time is one render of React. */
function batched(schedule: Schedule): Schedule {
  const due = new Set<() => void>();
  const run = (): void => {
    const all = [...due];
    due.clear();
    for (const show of all) show();
  };
  return (show) => {
    if (due.size === 0) schedule(run);
    due.add(show);
  };
}

const SCHEDULES: Readonly<Record<Coalesce, Schedule>> = {
  frame: batched(onFrame),
  microtask: batched((run) => queueMicrotask(run)),
  none: (show) => show(),
};

/** Calls `show` later, once for any number of calls until then. */
export const coalesce = (show: () => void, when: Coalesce = 'frame'): void => SCHEDULES[when](show);
