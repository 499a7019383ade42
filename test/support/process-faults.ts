import { expect, onTestFinished } from 'vitest';

const FATAL = ['unhandledRejection', 'uncaughtException'] as const;

/** The test fails if, until it ends, anything happens that would end a process. */
export function expectNoProcessFaults(): void {
  const faults: unknown[] = [];
  const note = (fault: unknown): void => void faults.push(fault);
  for (const event of FATAL) process.on(event, note);
  onTestFinished(async () => {
    // Rejections are reported when the microtasks of a turn are through.
    await new Promise((resolve) => setImmediate(resolve));
    for (const event of FATAL) process.off(event, note);
    expect(faults.map(String)).toEqual([]);
  });
}
