import { connectClient } from '../connection/connect-client.js';
import { type Load, countError } from './load.js';
import { paced } from './paced.js';

/** Opens connections at a rate, and closes each once it is authenticated: at most `clients` at a time. */
export async function benchConnects(load: Load): Promise<void> {
  const { call, clients, tally } = load;
  const open = new Set<Promise<void>>();
  const once = async (due: number): Promise<void> => {
    try {
      const { close } = await connectClient(call.values, call);
      tally.latencies.push(performance.now() - due);
      await close();
    } catch (error) {
      countError(tally, error);
    }
  };
  await paced({ ...load, signal: call.signal }, (due) => {
    if (open.size >= clients) return countError(tally, new Error(`${clients} connections were open: left out`));
    tally.sent += 1;
    const one = once(due).finally(() => open.delete(one));
    open.add(one);
  });
  await Promise.all(open);
}
