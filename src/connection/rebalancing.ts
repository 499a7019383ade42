import { CloseCode } from '@skreaver/protocol';
import type { TimerWheel } from '../timers/index.js';
import type { ClientConnection } from './client-connection.js';

export interface RebalanceOptions {
  /** The part of the connections that is moved, above 0 and up to 1. */
  readonly share: number;
  /** The time in ms over which they are closed. Default: 60,000. */
  readonly over?: number;
}

const DEFAULT_OVER_MS = 60_000;
/** Time in ms between two portions. */
const STEP_MS = 100;
/** The clients of a portion come back over so many ms. */
const HINT_MS = 1000;

/** @throws RangeError */
export function checkedRebalance({ share, over = DEFAULT_OVER_MS }: RebalanceOptions): Required<RebalanceOptions> {
  if (!(share > 0 && share <= 1)) throw new RangeError(`share is ${share}; give a number above 0 and up to 1.`);
  if (!(over >= 0 && Number.isFinite(over))) throw new RangeError(`over is ${over}; give a number of ms from 0.`);
  return { share, over };
}

/** Picks a part of the connections at random: at least one, if there is any. */
export function sampleOf<T>(all: readonly T[], share: number): T[] {
  const left = [...all];
  const count = Math.ceil(left.length * share);
  for (let at = 0; at < count; at += 1) {
    const other = at + Math.floor(Math.random() * (left.length - at));
    [left[at], left[other]] = [left[other] as T, left[at] as T];
  }
  return left.slice(0, count);
}

/** Closes connections with 4005, in portions over a time. Each client has a hint of its own when to come back. */
export function moveAway(connections: readonly ClientConnection[], overMs: number, wheel: TimerWheel): void {
  const steps = Math.max(1, Math.ceil(overMs / STEP_MS));
  const portion = Math.ceil(connections.length / steps);
  for (const connection of connections.slice(0, portion)) {
    connection.close(CloseCode.Reconnect, Math.round(Math.random() * HINT_MS));
  }
  const rest = connections.slice(portion);
  if (rest.length > 0) wheel.after(STEP_MS, () => moveAway(rest, overMs - STEP_MS, wheel));
}
