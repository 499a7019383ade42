import { type Client, type ClientOptions, type ConnectionState, createClient } from '../../../libs/client/src/index.js';

/** Where the server is, and where none is. */
export interface Addresses {
  readonly url: string;
  readonly nobody: string;
  /** Takes what the scenario has seen. */
  readonly report: string;
}

/** Everything that a runtime may do otherwise: its sockets, timers, close codes and promises. */
async function play({ url, nobody }: Addresses, options: Partial<ClientOptions> = {}): Promise<object> {
  const client = createClient({ url, token: 'token-alice', ...options });
  const events: unknown[] = [];
  const resets: string[] = [];
  const subscription = client.subscribe('news', {
    onEvent: ({ position, data, recovered }) => events.push([position?.offset, data, recovered]),
    onReset: ({ reason }) => resets.push(reason),
  });
  await subscription.ready();
  await client.ready();
  const { userId } = client.state as { userId?: string };
  const { offset } = await client.publish('news', 'own');
  const doubled = await client.request('double', { n: 21 });
  const refused = await codeOf(client.request('triple'));
  const chunks: unknown[] = [];
  const stream = client.stream('count', { to: 3 });
  for await (const chunk of stream) chunks.push(chunk);
  const streamed = await stream.result;
  const lost = await client.request('cut').catch((error: { sent: boolean }) => error.sent);
  await subscription.ready();
  await client.publish('news', 'after');
  const dismissed = client.request('dismiss').catch(() => {});
  const verdict = await statusOf(client, 'stopped');
  await dismissed;
  const { code, closeCode } = verdict.error as { code: string; closeCode?: number };
  return {
    userId,
    offset,
    doubled,
    refused,
    chunks,
    streamed,
    lost,
    events,
    resets,
    verdict: [code, closeCode],
    unreachable: await unreachable(nobody, options),
  };
}

/** Plays, and tells the test. */
export async function playAndReport(addresses: Addresses, options?: Partial<ClientOptions>): Promise<void> {
  const report = await play(addresses, options).catch((error: unknown) => ({ failed: describe(error) }));
  const headers = { 'Content-Type': 'application/json' };
  await fetch(addresses.report, { method: 'POST', headers, body: JSON.stringify(report) });
}

async function unreachable(url: string, options: Partial<ClientOptions>): Promise<string> {
  const client = createClient({ url, ...options });
  client.connect();
  const { error } = await statusOf(client, 'waiting');
  client.disconnect();
  return error.code;
}

function statusOf<S extends ConnectionState['status']>(
  client: Client,
  status: S,
): Promise<Extract<ConnectionState, { readonly status: S }>> {
  return new Promise((resolve) => {
    client.on('state', ({ state }) => {
      if (state.status === status) resolve(state as Extract<ConnectionState, { readonly status: S }>);
    });
  });
}

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'none',
    ({ code }: { code: string }) => code,
  );

const describe = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.stack}` : String(error));
