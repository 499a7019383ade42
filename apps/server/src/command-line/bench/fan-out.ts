import { setTimeout } from 'node:timers/promises';
import { type Publisher, connectedPublisher, httpPublisher } from '../connection/publisher.js';
import { connectMany } from './connect-many.js';
import { type Load, closeAll, countError } from './load.js';
import { paced } from './paced.js';

/** What is on its way when the last event was published has this long to come. */
const LAST_MS = 1_000;

/** Publishes at a rate to a channel that all clients subscribe to. Each delivery is a sample. */
export async function benchFanOut(load: Load): Promise<void> {
  const { call, tally, size } = load;
  const { channel = 'bench', http } = call.values;
  const clients = await connectMany(load);
  let publisher: Publisher | undefined;
  try {
    // Events of somebody else on this channel are no samples.
    const run = Math.random().toString(36).slice(2);
    const pad = 'x'.repeat(Math.max(0, size - JSON.stringify({ run, due: 1e6 + 0.123, pad: '' }).length));
    await Promise.all(
      clients.map(({ client }) =>
        client
          .subscribe(channel, {
            onEvent({ data }) {
              const event = data as { readonly run?: unknown; readonly due: number };
              if (event.run === run) tally.latencies.push(performance.now() - event.due);
            },
            onError: () => {},
          })
          .ready(),
      ),
    );
    const own = await (http ? httpPublisher : connectedPublisher)(call.values, { ...call, channel });
    publisher = own;
    const open: Promise<unknown>[] = [];
    await paced({ ...load, signal: call.signal }, (due) => {
      tally.sent += 1;
      const published = own.publish(JSON.stringify({ run, due, pad }));
      open.push(published.catch((error: unknown) => countError(tally, error)));
    });
    await Promise.all(open);
    await arrived(load, open.length);
  } finally {
    await publisher?.close();
    await closeAll(clients);
  }
}

async function arrived({ tally, clients, call }: Load, published: number): Promise<void> {
  const failed = [...tally.errors.values()].reduce((sum, count) => sum + count, 0);
  const until = performance.now() + LAST_MS;
  while (tally.latencies.length < (published - failed) * clients && performance.now() < until) {
    await setTimeout(10, undefined, { signal: call.signal });
  }
}
