import { array, assert, constant, integer, oneof, property, record } from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Timer, TimerWheel } from './timer-wheel.js';

const TICK = 50;
const REVOLUTION = TICK * 1024;

class Recorded extends Timer {
  readonly firedAt: number[] = [];
  readonly late: number[] = [];
  override fire(lateMs: number): void {
    this.firedAt.push(performance.now());
    this.late.push(lateMs);
  }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance', 'Date'] });
});
afterEach(() => {
  // Mocks are restored first: restoring one puts back the fake timer function that it replaced.
  vi.restoreAllMocks();
  vi.useRealTimers();
});

function armed(wheel: TimerWheel, delayMs: number): Recorded {
  const deadline = new Recorded();
  wheel.arm(deadline, delayMs);
  return deadline;
}

/** The delay between the due time and the firing; NaN if the deadline did not fire exactly once. */
function delayOf(deadline: Recorded, due: number): number {
  return deadline.firedAt.length === 1 ? (deadline.firedAt[0] as number) - due : Number.NaN;
}

/** True if the timer did not fire early, and at most a tick late. One millisecond is allowed for Node's rounding. */
const isPunctual = (delay: number): boolean => delay >= 0 && delay <= TICK + 1;

describe('a timer', () => {
  it.each([1, 7, 49, 50, 51, 99, 100, 1000, 29_999])('of %i ms fires within a tick after it is due', (delay) => {
    const wheel = new TimerWheel(TICK);
    for (const phase of [0, 3, 46]) {
      vi.advanceTimersByTime(phase);
      const due = performance.now() + delay;
      const deadline = armed(wheel, delay);
      vi.advanceTimersByTime(delay + 3 * TICK);
      expect(delayOf(deadline, due)).toSatisfy(isPunctual);
    }
  });

  it.each([0, -1, -5000])('of %i ms fires with the next tick, also on a wheel that stood still', (delay) => {
    const wheel = new TimerWheel(TICK);
    vi.advanceTimersByTime(1000);
    const deadline = armed(wheel, delay);
    vi.advanceTimersByTime(TICK + 1);
    expect(deadline.firedAt).toHaveLength(1);
  });

  it.each([REVOLUTION - 1, REVOLUTION, REVOLUTION + 1, 3 * REVOLUTION + 20])(
    'of %i ms, about a revolution or more, is not early',
    (delay) => {
      const wheel = new TimerWheel(TICK);
      const due = performance.now() + delay;
      const deadline = armed(wheel, delay);
      vi.advanceTimersByTime(delay - 1);
      expect(deadline.firedAt).toEqual([]);
      vi.advanceTimersByTime(TICK + 2);
      expect(delayOf(deadline, due)).toSatisfy(isPunctual);
    },
  );

  it('moves when it is armed again, later or sooner', () => {
    const wheel = new TimerWheel(TICK);
    const later = armed(wheel, 100);
    const sooner = armed(wheel, 5000);
    wheel.arm(later, 1000);
    wheel.arm(sooner, 200);
    expect(wheel.size).toBe(2);
    vi.advanceTimersByTime(10_000);
    expect(delayOf(later, 1000)).toSatisfy(isPunctual);
    expect(delayOf(sooner, 200)).toSatisfy(isPunctual);
  });

  it('does not fire once it is disarmed, and disarming it again is harmless', () => {
    const wheel = new TimerWheel(TICK);
    const deadline = armed(wheel, 100);
    wheel.disarm(deadline);
    wheel.disarm(deadline);
    expect(wheel.size).toBe(0);
    vi.advanceTimersByTime(1000);
    expect(deadline.firedAt).toEqual([]);
  });

  it('may be disarmed by another timer of the same tick', () => {
    const wheel = new TimerWheel(TICK);
    const second = new Recorded();
    wheel.after(100, () => wheel.disarm(second));
    wheel.arm(second, 100);
    vi.advanceTimersByTime(1000);
    expect(second.firedAt).toEqual([]);
    expect(wheel.size).toBe(0);
  });

  it('may be moved by another timer of the same tick', () => {
    const wheel = new TimerWheel(TICK);
    const second = new Recorded();
    wheel.after(100, () => wheel.arm(second, 500));
    wheel.arm(second, 100);
    vi.advanceTimersByTime(2000);
    expect(second.firedAt).toHaveLength(1);
    expect(second.firedAt[0]).toBeGreaterThanOrEqual(600);
  });

  it('may arm itself again while it fires', () => {
    const wheel = new TimerWheel(TICK);
    class Repeating extends Recorded {
      override fire(lateMs: number): void {
        super.fire(lateMs);
        wheel.arm(this, 100);
      }
    }
    const deadline = new Repeating();
    wheel.arm(deadline, 100);
    vi.advanceTimersByTime(1000);
    expect(deadline.firedAt.length).toBeGreaterThanOrEqual(6);
    expect(deadline.firedAt.length).toBeLessThanOrEqual(10);
    wheel.disarm(deadline);
  });
});

describe('the timer wheel', () => {
  it('runs a Node timer only while something is armed', () => {
    const wheel = new TimerWheel(TICK);
    expect(vi.getTimerCount()).toBe(0);
    const first = armed(wheel, 100);
    armed(wheel, 200);
    expect(vi.getTimerCount()).toBe(1);
    wheel.disarm(first);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(1000);
    expect(vi.getTimerCount()).toBe(0);
    const again = armed(wheel, 100);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(1000);
    expect(again.firedAt).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('sleeps through ticks without a timer, and wakes up earlier for one that is armed later', () => {
    const wheel = new TimerWheel(TICK);
    const timers = vi.spyOn(globalThis, 'setTimeout');
    const far = armed(wheel, 10_000);
    const near = armed(wheel, 1000);
    vi.advanceTimersByTime(9900);
    expect(timers).toHaveBeenCalledTimes(3);
    expect([near, far].map(({ firedAt }) => firedAt.length)).toEqual([1, 0]);
    vi.advanceTimersByTime(200);
    expect(far.firedAt).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('fires each timer once after a stall of several revolutions, and reports the delay', () => {
    const clock = vi.spyOn(performance, 'now').mockReturnValue(0);
    const wheel = new TimerWheel(TICK);
    const deadlines = [100, 5000, REVOLUTION + 100].map((delay) => armed(wheel, delay));
    const pending = armed(wheel, 20 * REVOLUTION);
    const stalledTo = 3 * REVOLUTION;
    clock.mockReturnValue(stalledTo);
    vi.advanceTimersToNextTimer();
    expect(deadlines.map(({ late }) => late)).toEqual([
      [stalledTo - 100],
      [stalledTo - 5000],
      [stalledTo - REVOLUTION - 100],
    ]);
    expect(pending.firedAt).toEqual([]);
    expect(wheel.size).toBe(1);
  });

  it('does not report a punctual action as late', () => {
    const wheel = new TimerWheel(TICK);
    const deadline = armed(wheel, 1000);
    vi.advanceTimersByTime(2000);
    expect(deadline.late[0]).toBeLessThanOrEqual(1);
  });

  it('fires the same timers at the same ticks as a sorted list, however they are armed, moved and disarmed', () => {
    const step = oneof(
      record({
        do: constant('arm' as const),
        id: integer({ min: 0, max: 9 }),
        ms: integer({ min: 0, max: 2 * REVOLUTION }),
      }),
      record({ do: constant('disarm' as const), id: integer({ min: 0, max: 9 }), ms: constant(0) }),
      record({ do: constant('wait' as const), id: constant(0), ms: integer({ min: 0, max: 20_000 }) }),
    );
    assert(
      property(array(step, { maxLength: 40 }), (steps) => {
        const wheel = new TimerWheel(TICK);
        const deadlines = Array.from({ length: 10 }, () => new Recorded());
        const due = new Map<number, number>();
        const check = (): void => {
          const now = performance.now();
          for (const [id, deadline] of deadlines.entries()) {
            const dueAt = due.get(id) ?? Number.POSITIVE_INFINITY;
            const fired = deadline.firedAt.length > 0;
            expect(fired ? delayOf(deadline, dueAt) : 0).toSatisfy(isPunctual);
            expect(fired || now <= dueAt + TICK + 1).toBe(true);
            deadline.firedAt.length = 0;
            if (fired) due.delete(id);
          }
          expect(wheel.size).toBe(due.size);
        };
        for (const each of steps) {
          const deadline = deadlines[each.id] as Recorded;
          if (each.do === 'arm') {
            wheel.arm(deadline, each.ms);
            due.set(each.id, performance.now() + each.ms);
          } else if (each.do === 'disarm') {
            wheel.disarm(deadline);
            due.delete(each.id);
          } else vi.advanceTimersByTime(each.ms);
          check();
        }
        vi.advanceTimersByTime(2 * REVOLUTION + 2 * TICK);
        check();
        expect(due.size).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});
