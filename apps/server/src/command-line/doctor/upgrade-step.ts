import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { ClientOptions } from 'ws';
import { commandErrorOf } from '../connection/command-error-of.js';
import { type RefusedError, refusedError } from '../connection/refused-error.js';
import { sentenceOf } from '../connection/sentence-of.js';
import { WebSocket } from '../connection/web-socket.js';
import { ExitCode } from '../grammar/exit-code.js';
import { StepFailed } from './check.js';

export interface Upgraded {
  readonly protocol: string;
  readonly extensions: string;
}

const PROXY = 'Have the proxy speak HTTP/1.1 to the server, and pass the headers Upgrade and Connection on.';

/** Opens a WebSocket, and closes it again. @returns what the answer to the handshake names */
export async function checkUpgrade(url: URL, options: ClientOptions, timeout: number): Promise<Upgraded> {
  const socket = new WebSocket(url.href, 'skreaver.v1', { ...options, handshakeTimeout: timeout });
  // What it says after the answer to the handshake.
  socket.on('error', () => {});
  const refused = new Promise<RefusedError>((resolve) => {
    socket.once('unexpected-response', (_request, response) => void refusedError(response).then(resolve));
  });
  try {
    // Before `open`, which does not come where the answer names no subprotocol.
    const outcome = await Promise.race([once(socket, 'upgrade'), refused]);
    if (Array.isArray(outcome)) return upgraded(outcome[0] as IncomingMessage);
    const { exitCode, message } = commandErrorOf(outcome);
    throw new StepFailed(exitCode, message, outcome.status === 426 ? PROXY : undefined);
  } catch (error) {
    if (error instanceof StepFailed) throw error;
    throw new StepFailed(ExitCode.Unreachable, sentenceOf(error), PROXY);
  } finally {
    if (socket.readyState === WebSocket.CONNECTING) socket.terminate();
    else socket.close(1000);
  }
}

function upgraded({ headers }: IncomingMessage): Upgraded {
  const { 'sec-websocket-protocol': protocol = '', 'sec-websocket-extensions': extensions = '' } = headers;
  return { protocol, extensions };
}
