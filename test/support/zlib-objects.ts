import { createHook } from 'node:async_hooks';
import { queryObjects } from 'node:v8';
import { DeflateRaw } from 'node:zlib';
import { onTestFinished } from 'vitest';

/** What all of node:zlib derives from, deflaters and inflaters of every kind. */
const ZlibBase = Object.getPrototypeOf(Object.getPrototypeOf(DeflateRaw)) as new () => unknown;

/** How many of them this process holds on to: the garbage is collected first. */
export function livingZlibObjects(): number {
  return queryObjects(ZlibBase, { format: 'count' });
}

/** Counts from now on what zlib is asked to do, at once or in the thread pool, by whomever in this process. */
export function countZlibRuns(): () => number {
  let runs = 0;
  const hook = createHook({
    init: (_id, type) => {
      if (type === 'ZLIB') runs += 1;
    },
  });
  hook.enable();
  onTestFinished(() => void hook.disable());
  return () => runs;
}
