import { setTimeout } from 'node:timers/promises';

const POLL_MS = 5;

/** Resolves when `isDone` returns true, or after `ms` at the latest. */
export async function pollUntil(isDone: () => boolean, ms: number): Promise<void> {
  const deadline = performance.now() + ms;
  while (!isDone() && performance.now() < deadline) await setTimeout(POLL_MS);
}
