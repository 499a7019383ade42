import type { Clock } from '../../src/backplane/clock.js';

/** A clock that stands still until it is moved. */
export class ManualClock implements Clock {
  private passed = 0;
  private wall = 1_700_000_000_000;

  now(): number {
    return this.wall;
  }

  elapsed(): number {
    return this.passed;
  }

  advance(ms: number): void {
    this.passed += ms;
    this.wall += ms;
  }

  /** As an operator, or NTP, sets it. */
  setWall(time: number): void {
    this.wall = time;
  }
}
