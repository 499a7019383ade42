import type { Client } from '@skreaver/client';

const PINGS = 5;
/** A clock that is further off makes tokens begin late or end early. */
const MOST_SKEW_MS = 2_000;

interface Ping {
  readonly rtt: number;
  /** How far the clock of the server is ahead of that of this machine, give or take half of the way. */
  readonly skew: number;
}

/** Asks the server for its time, several times. */
export async function pings(client: Client): Promise<readonly Ping[]> {
  const all: Ping[] = [];
  for (let count = 0; count < PINGS; count += 1) {
    const [sent, start] = [Date.now(), performance.now()];
    const { timestamp } = (await client.request('ping')) as { readonly timestamp: number };
    const rtt = performance.now() - start;
    all.push({ rtt, skew: timestamp - sent - rtt / 2 });
  }
  return all.toSorted((a, b) => a.rtt - b.rtt);
}

export function shownPing(all: readonly Ping[]): string {
  const shown = [all[0], all[PINGS >> 1], all.at(-1)].map((ping) => (ping?.rtt ?? 0).toFixed(1));
  return `fastest ${shown[0]} ms, median ${shown[1]} ms, slowest ${shown[2]} ms, of ${PINGS}`;
}

/** Of the fastest ping, which tells it best. */
export function shownClock([best]: readonly Ping[]): { readonly detail: string; readonly isOff: boolean } {
  const ms = Math.round(best?.skew ?? 0);
  const relation = ms < 0 ? 'behind' : 'ahead of';
  return { detail: `the server is ${Math.abs(ms)} ms ${relation} this machine`, isOff: Math.abs(ms) > MOST_SKEW_MS };
}
