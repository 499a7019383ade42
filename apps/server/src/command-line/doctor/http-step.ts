import type { IncomingMessage } from 'node:http';
import type { ClientOptions } from 'ws';
import { callHttp } from '../connection/call-http.js';
import { commandErrorOf } from '../connection/command-error-of.js';
import { refusedError } from '../connection/refused-error.js';
import { sentenceOf } from '../connection/sentence-of.js';
import { ExitCode } from '../grammar/exit-code.js';
import { StepFailed } from './check.js';

/** Asks the path without an upgrade (PROTOCOL §1, "Asking why"): 426 says that an upgrade would be taken. */
export async function checkHttp(url: URL, handshake: ClientOptions, timeout: number): Promise<string> {
  const refusal = await refusedError(await answerOf(url, handshake, timeout));
  if (refusal.code === 'UPGRADE_REQUIRED') return `HTTP ${refusal.status}: upgrades are taken here`;
  const { exitCode, message } = commandErrorOf(refusal);
  throw new StepFailed(exitCode, message, hintOf(refusal.status, url));
}

async function answerOf(url: URL, handshake: ClientOptions, timeout: number): Promise<IncomingMessage> {
  const inTime = AbortSignal.timeout(timeout);
  try {
    return await callHttp({ url, handshake, signal: inTime });
  } catch (error) {
    const hint = 'The port answers, but not by HTTP; check port and ws:// or wss://.';
    const sentence = inTime.aborted ? `no answer within ${timeout} ms` : sentenceOf(error);
    throw new StepFailed(ExitCode.Unreachable, sentence, hint);
  }
}

function hintOf(status: number, { pathname }: URL): string {
  if (status === 403) return 'Add the Host or Origin to SKREAVER_WS_ALLOWED_HOSTS or SKREAVER_WS_ALLOWED_ORIGINS.';
  if (status === 404) return `Nothing serves WebSockets at ${pathname}; compare it with SKREAVER_WS_PATH.`;
  if (status === 429) return 'Behind a proxy, set SKREAVER_WS_TRUSTED_PROXIES to its address.';
  if (status === 502 || status === 504) return 'The proxy does not reach the server.';
  if (status === 503) return 'The server is full or draining.';
  return 'This is not the answer of a Skreaver WS server; check the URL, and the proxy before it.';
}
