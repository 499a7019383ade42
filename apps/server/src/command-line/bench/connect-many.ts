import { type ConnectedClient, connectClient } from '../connection/connect-client.js';
import { type Load, closeAll } from './load.js';

/** Connects the clients of a load. @throws CommandError where one is refused, after the others were closed */
export async function connectMany({ call, clients }: Load): Promise<readonly ConnectedClient[]> {
  const attempts = await Promise.allSettled(Array.from({ length: clients }, () => connectClient(call.values, call)));
  const connected = attempts.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const refused = attempts.find((one) => one.status === 'rejected');
  if (refused === undefined) return connected;
  await closeAll(connected);
  throw refused.reason;
}
