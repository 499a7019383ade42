import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdapter } from '@socket.io/redis-adapter';
import { createAdapter as createStreamsAdapter } from '@socket.io/redis-streams-adapter';
import { Redis } from 'ioredis';
import { Server, type Socket } from 'socket.io';
import type { AgentEvent } from '../agent-event.js';
import { verifyToken } from '../token.js';
import { packageVersion } from './package-version.js';
import type { PauseAgentParams } from './pause-agent.js';
import type { PeerOptions, PeerServer } from './peer-server.js';

interface ClientEvents {
  subscribe(channels: string[], done: (answer: object) => void): void;
  'agent.pause'(params: PauseAgentParams, done: (answer: object) => void): void;
}

interface ServerEvents {
  event(event: AgentEvent): void;
}

interface SocketData {
  user: string;
}

type Client = Socket<ClientEvents, ServerEvents, Record<string, never>, SocketData>;

function welcome(client: Client): void {
  client.on('subscribe', (channels, done) => {
    void client.join(channels);
    done({ subscribed: channels });
  });
  client.on('agent.pause', ({ agent, seconds }, done) => done({ agent, seconds, by: client.data.user }));
}

async function authenticate(client: Client, next: (error?: Error) => void): Promise<void> {
  const { token } = client.handshake.auth as { readonly token?: string };
  try {
    client.data.user = await verifyToken(token ?? '');
  } catch {
    return next(new Error('The token was refused.'));
  }
  next();
}

/** Starts Socket.IO with a middleware that checks the token, rooms, and `io.to(room).emit`. */
export async function startSocketIo({ compression, redisUrl, streams }: PeerOptions): Promise<PeerServer> {
  const http = createServer();
  const io = new Server<ClientEvents, ServerEvents, Record<string, never>, SocketData>(http, {
    transports: ['websocket'],
    perMessageDeflate: compression,
  });
  const adapter = redisUrl === undefined ? undefined : await adapterOf(redisUrl, streams);
  if (adapter !== undefined) io.adapter(adapter.create);
  io.use((client, next) => void authenticate(client, next));
  io.on('connection', welcome);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    port: (http.address() as AddressInfo).port,
    versions: { 'socket.io': packageVersion('socket.io'), ...adapter?.versions },
    changed: ["transports: ['websocket']", ...(compression ? ['perMessageDeflate: true'] : [])],
    publish: (channel, event) => void io.to(channel).emit('event', event),
  };
}

interface ClusterAdapter {
  readonly create: ReturnType<typeof createAdapter> | ReturnType<typeof createStreamsAdapter>;
  readonly versions: Readonly<Record<string, string>>;
}

/** The two adapters that its documentation recommends for Redis. */
async function adapterOf(url: string, streams: boolean): Promise<ClusterAdapter> {
  const redis = new Redis(url);
  const name = streams ? '@socket.io/redis-streams-adapter' : '@socket.io/redis-adapter';
  return {
    create: streams ? createStreamsAdapter(redis) : createAdapter(redis, redis.duplicate()),
    versions: { [name]: packageVersion(name) },
  };
}
