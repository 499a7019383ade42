import type { Position, Reset } from '@skreaver/client';
import type { Call } from '../command.js';
import { type ConnectedClient, connectClient } from '../connection/connect-client.js';
import { positionOf } from '../connection/position.js';
import { shownEvent } from '../connection/shown-event.js';
import { CommandError, ExitCode } from '../grammar/exit-code.js';
import type { Output } from '../output.js';

const MIB = 1024 * 1024;
/** Of events that nobody has read from stdout yet: nothing slows the server down. */
const MOST_UNREAD = 16 * MIB;

export async function run(call: Call<'sub'>): Promise<void> {
  const since = sinceOf(call.values.since);
  const connection = await connectClient(call.values, call);
  try {
    await printed(call, connection, since);
  } finally {
    await connection.close();
  }
}

/** Resolves when as many events were printed, or the time is over; rejects when the subscriptions end. */
async function printed(
  { values, positionals, output }: Call<'sub'>,
  { client, ended }: ConnectedClient,
  since: Position | 'acked' | undefined,
): Promise<void> {
  const { count = Infinity, wait, last, 'join-leave': joinLeave } = values;
  let left = count;
  let timer: NodeJS.Timeout | undefined;
  const done = new Promise<void>((resolve, reject) => {
    for (const channel of new Set(positionals)) {
      const subscription = client.subscribe(channel, {
        ...(since !== undefined && { since }),
        ...(last !== undefined && { replay: { last } }),
        joinLeave,
        onEvent(event) {
          if (left <= 0) return;
          if (event.gap !== undefined) output.talk(`${channel}: missed events before this one: ${gapOf(event.gap)}.`);
          output.data(event.data, shownEvent(event));
          if (process.stdout.writableLength > MOST_UNREAD) reject(unread());
          left -= 1;
          if (left === 0) resolve();
        },
        onReset: (reset) => tellReset(channel, reset, output),
        onError: (error) => (error.retryable ? output.talk(`${channel}: ${error.message}`) : reject(error)),
      });
      for (const kind of ['join', 'leave'] as const) {
        subscription.on(kind, ({ userId: user_id, info }) =>
          output.data({ channel, kind, user_id, ...(info !== undefined && { info }) }),
        );
      }
      subscription.ready().then(
        () => output.talk(`Subscribed to ${channel}.`),
        () => {},
      );
    }
    if (wait !== undefined)
      timer = setTimeout(() => (count === Infinity ? resolve() : reject(missed(count, left))), wait);
  });
  try {
    await Promise.race([done, ended]);
  } finally {
    clearTimeout(timer);
  }
}

const unread = (): CommandError =>
  new CommandError(ExitCode.Failed, `stdout is read too slowly: more than ${MOST_UNREAD / MIB} MiB wait.`);

const missed = (count: number, left: number): CommandError =>
  new CommandError(ExitCode.Timeout, `Only ${count - left} of ${count} events came in time.`);

const gapOf = (gap: true | { readonly from: number; readonly to: number }): string =>
  gap === true ? 'how many is not known' : `${gap.from} to ${gap.to}`;

/** The first reset of a subscription is its beginning. */
function tellReset(channel: string, { reason, position }: Reset, output: Output): void {
  if (reason === 'new') return;
  const at = position ? ` It goes on after ${position.epoch}:${position.offset}.` : '';
  output.talk(`${channel}: events may have been missed.${at}`);
}

function sinceOf(text: string | undefined): Position | 'acked' | undefined {
  return text === undefined || text === 'acked' ? text : positionOf('--since', text, ', or acked');
}
