import { once } from 'node:events';
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { ClientOptions } from 'ws';

export interface HttpCall {
  readonly url: URL;
  /** Headers and certificates, as for the handshake. */
  readonly handshake: ClientOptions;
  readonly signal: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
  /** Posted; without one the call is a GET. */
  readonly body?: string;
  /** That of {@link keepingAgent}. Default: a socket for each call. */
  readonly agent?: HttpAgent;
}

/** Keeps sockets for further calls, until it is destroyed. */
export const keepingAgent = (url: URL): HttpAgent =>
  new (url.protocol === 'wss:' ? HttpsAgent : HttpAgent)({ keepAlive: true });

/** Calls the server by HTTP at a URL of `ws` or `wss`. Rejects when there is no answer. */
export async function callHttp({ url, handshake, signal, headers, body, agent }: HttpCall): Promise<IncomingMessage> {
  const { headers: own, ca, rejectUnauthorized = true } = handshake;
  const method = body === undefined ? 'GET' : 'POST';
  const options = { method, headers: { ...own, ...headers }, signal, agent: agent ?? false };
  const address = url.href.replace(/^ws/, 'http');
  const request =
    url.protocol === 'wss:'
      ? requestHttps(address, { ...options, rejectUnauthorized, ...(ca !== undefined && { ca }) })
      : requestHttp(address, options);
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}
