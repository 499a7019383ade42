import type { Clock } from '../../src/backplane/clock.js';

/** A clock that stands still until it is moved. */
export class ManualClock implements Clock {
  private passed = 0;

  now(): number {
    return 1_700_000_000_000 + this.passed;
  }

  elapsed(): number {
    return this.passed;
  }

  advance(ms: number): void {
    this.passed += ms;
  }
}
