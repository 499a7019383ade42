import type { Call } from '../command.js';
import type { ConnectedClient } from '../connection/connect-client.js';

/** What a kind of load puts together. Times are milliseconds. */
export interface Tally {
  readonly latencies: number[];
  sent: number;
  /** Messages of the errors, and how often each came. */
  readonly errors: Map<string, number>;
}

export interface Load {
  readonly call: Call<'bench'>;
  readonly clients: number;
  readonly rate: number;
  readonly seconds: number;
  /** Bytes of the data of an event. */
  readonly size: number;
  readonly tally: Tally;
}

export function countError({ errors }: Tally, error: unknown): void {
  const { message } = error as Error;
  errors.set(message, (errors.get(message) ?? 0) + 1);
}

/** Closes all of them, also those that connected while another one failed. */
export async function closeAll(clients: readonly ConnectedClient[]): Promise<void> {
  await Promise.all(clients.map(({ close }) => close()));
}
