import type { ResponseStream } from '@skreaver/client';
import type { Call } from '../command.js';
import { begunInTime } from '../connection/begun-in-time.js';
import { connectClient } from '../connection/connect-client.js';
import { parseJson, textOfStdin } from '../input.js';

export async function run(call: Call<'req'>): Promise<void> {
  const { values, signal } = call;
  const [method = '', given] = call.positionals;
  const text = given === '-' ? await textOfStdin(signal) : given;
  const params = text === undefined ? undefined : parseJson(text, 'The params');
  const { client, close } = await connectClient(values, call);
  try {
    await print(client.stream(method, params, { signal, timeout: values.timeout }), call);
  } finally {
    await close();
  }
}

async function print(stream: ResponseStream, { values, output }: Call<'req'>): Promise<void> {
  const { raw, json, timeout } = values;
  let last: unknown;
  for await (const chunk of timeout === undefined ? begunInTime(stream) : stream) {
    last = chunk;
    // Chunks of text are parts of one text.
    if (raw && typeof chunk === 'string') output.text(chunk, { chunk });
    else output.data(chunk, { chunk });
  }
  if (raw && !json && typeof last === 'string') output.text('\n', undefined);
  const result = (await stream.result) ?? null;
  if (json || last === undefined || result !== null) output.data(result, { result });
}
