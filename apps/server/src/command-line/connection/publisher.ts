import { CommandError, ExitCode } from '../grammar/exit-code.js';
import type { Output } from '../output.js';
import { callHttp, keepingAgent } from './call-http.js';
import { type ConnectionValues, TIMEOUT_MS, connectClient } from './connect-client.js';
import { endpointOf } from './endpoint.js';
import { handshakeOptions } from './handshake.js';
import { bodyOf, refusedError } from './refused-error.js';
import { sentenceOf } from './sentence-of.js';
import { tokenSource } from './token.js';

/** Publishes to a channel, over a connection or by the HTTP API. */
export interface Publisher {
  /** @param json the data as JSON @returns what the server says of it */
  readonly publish: (json: string, key?: string) => Promise<unknown>;
  readonly close: () => Promise<void>;
}

interface Surroundings {
  readonly channel: string;
  readonly output: Output;
  readonly signal: AbortSignal;
}

/** Over a connection. The client waits where the server says that it was too fast. */
export async function connectedPublisher(values: ConnectionValues, surroundings: Surroundings): Promise<Publisher> {
  const { channel, signal } = surroundings;
  const { client, close } = await connectClient(values, surroundings);
  const publish: Publisher['publish'] = (json, key) =>
    client.publish(channel, JSON.parse(json) as unknown, { signal, ...(key !== undefined && { idempotencyKey: key }) });
  return { publish, close };
}

/** By `POST /api/publish`, with the token as the key. The data is passed on as it was written. */
export async function httpPublisher(
  values: ConnectionValues,
  { channel, output, signal }: Surroundings,
): Promise<Publisher> {
  const url = new URL('/api/publish', endpointOf(values.connect));
  const handshake = handshakeOptions(values);
  const source = tokenSource(values, output);
  const token = typeof source === 'function' ? await source() : source;
  const headers = {
    'Content-Type': 'application/json',
    ...(token !== undefined && { Authorization: `Bearer ${token}` }),
  };
  const agent = keepingAgent(url);
  const publish: Publisher['publish'] = async (json, key) => {
    const more = key === undefined ? '' : `,"idempotency_key":${JSON.stringify(key)}`;
    const body = `{"channel":${JSON.stringify(channel)},"data":${json}${more}}`;
    const timeout = AbortSignal.timeout(values.timeout ?? TIMEOUT_MS);
    const call = { url, handshake, headers, body, agent, signal: AbortSignal.any([signal, timeout]) };
    const response = await callHttp(call).catch((error: unknown) => {
      signal.throwIfAborted();
      throw timeout.aborted
        ? new CommandError(ExitCode.Timeout, 'The server did not answer in time.')
        : new CommandError(ExitCode.Unreachable, `The server cannot be reached: ${sentenceOf(error)}`);
    });
    if (response.statusCode !== 200) throw await refusedError(response, 'publication');
    return JSON.parse(await bodyOf(response)) as unknown;
  };
  return { publish, close: async () => agent.destroy() };
}
