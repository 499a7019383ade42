import { once } from 'node:events';
import type { ChannelEvent, ConsumeVerdict } from '@skreaver/client';
import type { Call } from '../command.js';
import { connectClient } from '../connection/connect-client.js';
import { shownEvent } from '../connection/shown-event.js';
import { CommandError, ExitCode, usageError } from '../grammar/exit-code.js';
import { aborted } from '../interruption.js';
import { runShellCommand } from '../run-shell-command.js';

const NO_PLACE =
  'begins with the next event; nothing was acknowledged yet, or what came after it is not kept any more.';

const NO_HISTORY = 'keeps no history, so that no event can be acknowledged; sub prints its events.';

/** Runs a command for each event, one after the other. An event whose command exits with 0 is acknowledged. */
export async function run(call: Call<'consume'>): Promise<void> {
  const { values, output, signal } = call;
  const [channel = ''] = call.positionals;
  const { command, count = Infinity, 'on-error': onError = 'stop' } = values;
  if (command === undefined) throw usageError('--command is missing.');
  if (command.trim() === '') throw usageError('--command is empty.');
  const { client, ended, close } = await connectClient(values, call);
  let left = count;
  const reached = new AbortController();
  const counted = once(reached.signal, 'abort');
  const handle = async (event: ChannelEvent, { signal: stopped }: { readonly signal: AbortSignal }): Promise<void> => {
    await runFor(event, command, AbortSignal.any([signal, stopped]));
    left -= 1;
    if (left > 0) return;
    reached.abort();
    // What comes now is for the next call: it is not acknowledged.
    await new Promise<void>((resolve) => stopped.addEventListener('abort', () => resolve(), { once: true }));
  };
  const refusal = new AbortController();
  const consumer = client.consume(channel, handle, {
    onError(error) {
      if (signal.aborted || onError === 'stop') return 'stop';
      output.talk(`${channel}: ${(error as Error).message}`);
      return onError as ConsumeVerdict;
    },
    onUnrecovered({ reason, position }) {
      if (position === undefined) refusal.abort(new CommandError(ExitCode.Failed, `${channel} ${NO_HISTORY}`));
      else if (reason !== 'new') output.talk(`${channel}: ${NO_PLACE}`);
      return 'continue';
    },
  });
  output.talk(`Consuming ${channel}.`);
  try {
    await Promise.race([ended, counted, aborted(refusal.signal), consumer.done]);
  } finally {
    // It acknowledges what was handled.
    await consumer.close().catch(() => {});
    await close();
  }
}

async function runFor(event: ChannelEvent, command: string, signal: AbortSignal): Promise<void> {
  const { channel, data, position } = event;
  const env = {
    SKREAVER_CHANNEL: channel,
    SKREAVER_EPOCH: position?.epoch ?? '',
    SKREAVER_OFFSET: String(position?.offset ?? ''),
    SKREAVER_EVENT: JSON.stringify(shownEvent(event)),
  };
  const { code, stdout } = await runShellCommand(command, JSON.stringify(data), env, signal);
  process.stdout.write(stdout);
  if (code !== 0) throw new CommandError(ExitCode.Failed, `The command ended with ${code ?? 'a signal'}.`);
}
