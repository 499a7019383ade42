import type { ResponseStream } from '@skreaver/client';
import { CommandError, ExitCode } from '../grammar/exit-code.js';
import { TIMEOUT_MS } from './connect-client.js';

/** The chunks of a stream, which may take as long as it does, but has to begin within 10 s: it is cancelled otherwise. */
export async function* begunInTime(stream: ResponseStream): AsyncGenerator {
  const late = new CommandError(ExitCode.Timeout, `No answer came within ${TIMEOUT_MS} ms.`);
  const patience = setTimeout(() => stream.cancel(late), TIMEOUT_MS);
  try {
    for await (const chunk of stream) {
      clearTimeout(patience);
      yield chunk;
    }
  } finally {
    clearTimeout(patience);
  }
}
