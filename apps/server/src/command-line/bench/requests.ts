import { connectMany } from './connect-many.js';
import { type Load, closeAll, countError } from './load.js';
import { paced } from './paced.js';

/** Calls a method at a rate, by one client after the other. */
export async function benchRequests(load: Load): Promise<void> {
  const { call, tally } = load;
  const { method = 'ping' } = call.values;
  const clients = await connectMany(load);
  const open: Promise<void>[] = [];
  try {
    await paced({ ...load, signal: call.signal }, (due) => {
      const { client } = clients[tally.sent % clients.length] as (typeof clients)[number];
      tally.sent += 1;
      const answered = client.request(method, undefined, { signal: call.signal });
      open.push(
        answered.then(
          () => void tally.latencies.push(performance.now() - due),
          (error: unknown) => countError(tally, error),
        ),
      );
    });
    await Promise.all(open);
  } finally {
    await closeAll(clients);
  }
}
