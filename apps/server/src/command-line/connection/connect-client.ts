import { setTimeout } from 'node:timers/promises';
import { type Client, type ConnectionState, SubscribeError, createClient } from '@skreaver/client';
import { aborted } from '../interruption.js';
import type { Output } from '../output.js';
import { CommandError } from '../grammar/exit-code.js';
import { commandErrorOf, connectErrorOf } from './command-error-of.js';
import { endpointOf } from './endpoint.js';
import { type HandshakeValues, handshakeOptions } from './handshake.js';
import { refusedError } from './refused-error.js';
import { type TokenValues, tokenSource } from './token.js';
import { WebSocket } from './web-socket.js';

export const TIMEOUT_MS = 10_000;
/** What is left to be said at the end has this long to reach the server. */
const CLOSE_MS = 1_000;

export interface ConnectionValues extends HandshakeValues, TokenValues {
  readonly connect: string | undefined;
  readonly timeout: number | undefined;
  readonly 'no-reconnect'?: boolean;
}

interface Surroundings {
  readonly output: Output;
  readonly signal: AbortSignal;
}

/** A client that is connected, and that says on stderr when it is not. */
export interface ConnectedClient {
  readonly client: Client;
  /** Rejects when the connection has ended for good, or the command is interrupted. */
  readonly ended: Promise<never>;
  /** Ends the connection in order. */
  readonly close: () => Promise<void>;
}

/**
 * Connects. The first attempt has to succeed; after it, a connection that is lost is made again.
 * @throws CommandError
 */
export async function connectClient(
  values: ConnectionValues,
  { output, signal }: Surroundings,
): Promise<ConnectedClient> {
  const { connect, timeout = TIMEOUT_MS } = values;
  const url = endpointOf(connect);
  const handshake = handshakeOptions(values);
  const token = tokenSource(values, output);
  const sockets = new Set<WebSocket>();
  const client = createClient({
    url: url.href,
    openSocket(address, protocol) {
      const socket = openSocket(address, protocol, handshake);
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      return socket;
    },
    environment: null,
    connectTimeout: timeout,
    requestTimeout: timeout,
    reconnect: { maxAttempts: values['no-reconnect'] ? 0 : Infinity },
    ...(typeof token === 'function' ? { getToken: token } : token !== undefined && { token }),
  });
  client.on('error', (error) => {
    // What ends the command is said at its end.
    const isOfCommand = error instanceof SubscribeError || error instanceof CommandError;
    if (!isOfCommand) output.talk(`error: ${commandErrorOf(error).message}`);
  });
  const close = async (): Promise<void> => {
    client.disconnect();
    // Not `once` of node:events: a socket that has not opened ends with an error.
    const closed = Promise.all([...sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve))));
    await Promise.race([closed, setTimeout(CLOSE_MS)]);
  };
  try {
    await Promise.race([connected(client), aborted(signal)]);
    // Without a token: whether the server takes an anonymous client, or one by its headers.
    if (token === undefined) await client.request('ping', undefined, { signal });
  } catch (error) {
    await close();
    throw commandErrorOf(error);
  }
  return { client, ended: ended(client, output, signal), close };
}

function openSocket(url: string, protocol: string, options: object): WebSocket {
  const socket = new WebSocket(url, protocol, options);
  socket.on('unexpected-response', (request, response) => {
    void refusedError(response).then((refusal) => {
      request.destroy();
      return socket.emit('error', refusal);
    });
  });
  return socket;
}

function connected(client: Client): Promise<void> {
  return new Promise((resolve, reject) => {
    const off = client.on('state', ({ state }) => {
      if (state.status === 'connecting') return;
      off();
      if (state.status === 'connected') resolve();
      else reject('error' in state ? connectErrorOf(state.error) : new Error('disconnected'));
    });
    client.connect();
  });
}

function ended(client: Client, output: Output, signal: AbortSignal): Promise<never> {
  const stopped = new Promise<never>((_resolve, reject) => {
    client.on('state', ({ state, previous }) => {
      if (state.status === 'stopped') reject(commandErrorOf(state.error));
      else tell(state, previous, output);
    });
  });
  const either = Promise.race([stopped, aborted(signal)]);
  // A command may be done without ever waiting for it.
  either.catch(() => {});
  return either;
}

function tell(state: ConnectionState, previous: ConnectionState, output: Output): void {
  if (state.status === 'waiting') {
    const seconds = Math.max(0, (state.retryAt - Date.now()) / 1000).toFixed(1);
    output.talk(`${commandErrorOf(state.error).message} Connecting again in ${seconds} s.`);
  } else if (state.status === 'connected' && previous.status !== 'connected') output.talk('Connected again.');
}
