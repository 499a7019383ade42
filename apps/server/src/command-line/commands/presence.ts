import type { Call } from '../command.js';
import { connectClient } from '../connection/connect-client.js';

interface Presence {
  readonly members: readonly { readonly user_id: string }[];
  readonly truncated?: boolean;
}

export async function run(call: Call<'presence'>): Promise<void> {
  const { values, output, signal } = call;
  const [channel = ''] = call.positionals;
  const { client, close } = await connectClient(values, call);
  try {
    const { members, truncated } = (await client.request('presence', { channel }, { signal })) as Presence;
    for (const member of members) output.data(values.raw ? member.user_id : member, member);
    if (truncated) output.talk('There are more members than the server lists.');
  } finally {
    await close();
  }
}
