import type { Call } from '../command.js';
import { connectClient } from '../connection/connect-client.js';
import { positionOf } from '../connection/position.js';
import { shownEvent } from '../connection/shown-event.js';

export async function run(call: Call<'history'>): Promise<void> {
  const { values, output, signal } = call;
  const [channel = ''] = call.positionals;
  const { limit, reverse } = values;
  const since = values.since === undefined ? undefined : positionOf('--since', values.since);
  const { client, close } = await connectClient(values, call);
  try {
    const { events, position } = await client.history(channel, { since, limit, reverse }, { signal });
    for (const event of events) {
      // It is kept from this user: it has a position, and no data.
      if (event.metadata.kind === undefined) output.data(event.data, shownEvent(event));
    }
    output.talk(`${channel} is at ${position.epoch}:${position.offset}.`);
  } finally {
    await close();
  }
}
