import type { AgentEvent } from '../agent-event.js';

export const peerNames = ['ours', 'baseline', 'ws', 'socket.io', 'uws', 'nest', 'centrifugo'] as const;
export type PeerName = (typeof peerNames)[number];

/** Options that a server is started with. */
export interface PeerOptions {
  /** Enables permessage-deflate as users of the library would. */
  readonly compression: boolean;
  /** Keeps the history of channels, where the peer supports it. */
  readonly history: boolean;
  /** Checks the request's parameters by a function instead of a ValidationPipe; `ours` only. */
  readonly ownCheck: boolean;
  /** Serves over TLS with the certificate of the fixtures; `ours` and `ws` only. */
  readonly tls: boolean;
  /** The clients offer `skreaver.v1.msgpack`; `ours` only. */
  readonly msgpack: boolean;
  /** Connects the nodes of Socket.IO by its adapter over streams of Redis, instead of the one over Pub/Sub. */
  readonly streams: boolean;
  /** Limits the connections of a client address on all nodes together; `ours` only. */
  readonly addressLimit: boolean;
  /** URL of the Redis that connects several nodes, set by the suite; `ours` and `socket.io` only. */
  readonly redisUrl?: string;
  /** Path of the hub that connects several nodes, set by the suite; `ours` only. */
  readonly hubPath?: string;
}

export const plainOptions: PeerOptions = {
  compression: false,
  history: false,
  ownCheck: false,
  tls: false,
  msgpack: false,
  streams: false,
  addressLimit: false,
};

/** Measured server, written as users of the library would write it. */
export interface PeerServer {
  /** Port on 127.0.0.1. */
  readonly port: number;
  /** Versions by package, for the end of the page. */
  readonly versions: Readonly<Record<string, string>>;
  /** Options that differ from the library's defaults. */
  readonly changed: readonly string[];
  /** Publishes to all subscribers of a channel by the library's own means. */
  publish(channel: string, event: AgentEvent): void;
}
