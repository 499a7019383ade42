import { createRequire } from 'node:module';
import type { HttpRequest, HttpResponse, us_socket_context_t, WebSocket } from 'uwebsockets';
import { Unavailable } from '../../suite/unavailable.js';
import { bearerOf, verifyToken } from '../token.js';
import { packageVersion } from './package-version.js';
import type { PeerOptions, PeerServer } from './peer-server.js';
import { pauseAnswer, type PlainJsonMessage } from './plain-json-messages.js';

interface Client {
  readonly user: string;
}

/** Starts uWebSockets.js as in its examples: an asynchronous upgrade, `subscribe` and `publish` by topic. */
export async function startUWebSockets({ compression }: PeerOptions): Promise<PeerServer> {
  const uws = loadLibrary();
  const app = uws.App().ws<Client>('/*', {
    compression: compression ? uws.SHARED_COMPRESSOR : uws.DISABLED,
    upgrade: (response, request, context) => void upgrade(response, request, context),
    message: (client, message) => handle(client, JSON.parse(Buffer.from(message).toString()) as PlainJsonMessage),
  });
  const port = await new Promise<number>((resolve, reject) => {
    app.listen('127.0.0.1', 0, (listening) => {
      if (listening === false) reject(new Error('uWebSockets.js cannot listen.'));
      else resolve(uws.us_socket_local_port(listening));
    });
  });
  return {
    port,
    versions: { uwebsockets: packageVersion('uwebsockets') },
    changed: compression ? ['compression: SHARED_COMPRESSOR'] : [],
    publish: (channel, event) =>
      void app.publish(channel, JSON.stringify({ type: 'event', channel, data: event }), false, compression),
  };
}

/** @throws Unavailable where there is no build for this Node or C library, or it was not installed */
function loadLibrary(): typeof import('uwebsockets') {
  try {
    return createRequire(import.meta.url)('uwebsockets') as typeof import('uwebsockets');
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const missing =
      /version `[^']+' not found/.exec(message)?.[0] ?? 'it has no build for this platform, or is not installed';
    throw new Unavailable(`it does not load on Node ${process.versions.node}: ${missing}`);
  }
}

async function upgrade(response: HttpResponse, request: HttpRequest, context: us_socket_context_t): Promise<void> {
  // The request must not be read after the first await.
  const key = request.getHeader('sec-websocket-key');
  const protocol = request.getHeader('sec-websocket-protocol');
  const extensions = request.getHeader('sec-websocket-extensions');
  const token = bearerOf(request.getHeader('authorization'));
  let aborted = false;
  response.onAborted(() => (aborted = true));
  const user = await verifyToken(token).catch(() => undefined);
  if (aborted) return;
  response.cork(() => {
    if (user === undefined) response.writeStatus('401 Unauthorized').end();
    else response.upgrade<Client>({ user }, key, protocol, extensions, context);
  });
}

function handle(client: WebSocket<Client>, message: PlainJsonMessage): void {
  if (message.type === 'request') {
    client.send(pauseAnswer(message.id, message.params, client.getUserData().user));
    return;
  }
  for (const channel of message.channels) client.subscribe(channel);
  client.send(JSON.stringify({ type: 'subscribed', channels: message.channels }));
}
