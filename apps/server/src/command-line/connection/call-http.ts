import { once } from 'node:events';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { ClientOptions } from 'ws';

export interface HttpCall {
  readonly url: URL;
  /** Headers and certificates, as for the handshake. */
  readonly handshake: ClientOptions;
  readonly signal: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
  /** Posted; without one the call is a GET. */
  readonly body?: string;
}

/** Calls the server by HTTP at a URL of `ws` or `wss`. Rejects when there is no answer. */
export async function callHttp({ url, handshake, signal, headers, body }: HttpCall): Promise<IncomingMessage> {
  const { headers: own, ca, rejectUnauthorized = true } = handshake;
  const options = {
    method: body === undefined ? 'GET' : 'POST',
    headers: { ...own, ...headers },
    signal,
    agent: false,
  };
  const address = url.href.replace(/^ws/, 'http');
  const request =
    url.protocol === 'wss:'
      ? requestHttps(address, { ...options, rejectUnauthorized, ...(ca !== undefined && { ca }) })
      : requestHttp(address, options);
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}
