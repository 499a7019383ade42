import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { CpuClock } from './cpu-clock.js';

const PID = 7;

/** A folder as `/proc`, whose threads have spent so many nanoseconds. */
function fakeProc() {
  const proc = mkdtempSync(join(tmpdir(), 'cpu-clock-'));
  onTestFinished(() => rmSync(proc, { recursive: true }));
  const folderOf = (thread: number): string => join(proc, `${PID}/task/${thread}`);
  return {
    proc,
    spend: (thread: number, nanos: number): void => {
      mkdirSync(folderOf(thread), { recursive: true });
      writeFileSync(join(folderOf(thread), 'schedstat'), `${nanos} 372631797 14\n`);
    },
    end: (thread: number): void => rmSync(folderOf(thread), { recursive: true }),
  };
}

it('adds what all threads have spent since, in microseconds', () => {
  const { proc, spend } = fakeProc();
  spend(7, 1_000_000);
  spend(8, 2_000_000);
  const clock = new CpuClock(PID, proc);
  expect(clock.micros()).toBe(0);
  spend(7, 1_500_000);
  spend(8, 2_000_001);
  expect(clock.micros()).toBe(500.001);
});

it('counts a thread that has begun since, and forgets one that has ended', () => {
  const { proc, spend, end } = fakeProc();
  spend(7, 1_000_000);
  spend(8, 2_000_000);
  const clock = new CpuClock(PID, proc);
  end(8);
  spend(9, 30_000);
  expect(clock.micros()).toBe(30);
});

it('passes over a thread that ends while it is read', () => {
  const { proc, spend } = fakeProc();
  spend(7, 1_000_000);
  mkdirSync(join(proc, `${PID}/task/8`));
  expect(new CpuClock(PID, proc).micros()).toBe(0);
});

it('reads the threads of a real process', () => {
  const clock = new CpuClock(process.pid);
  const before = process.cpuUsage();
  while (process.cpuUsage(before).user < 20_000);
  expect(clock.micros()).toBeGreaterThan(10_000);
});
