import type { AgentEvent } from '../agent-event.js';

export const peerNames = ['ours', 'baseline', 'ws', 'socket.io', 'uws', 'nest'] as const;
export type PeerName = (typeof peerNames)[number];

/** What a server is started as. */
export interface PeerOptions {
  /** Offers permessage-deflate as its users would switch it on. */
  readonly compression: boolean;
  /** Keeps the history of its channels, where the peer can. */
  readonly history: boolean;
  /** Ours alone: the request's parameters are checked by a function instead of a ValidationPipe. */
  readonly ownCheck: boolean;
  /** Ours and `ws` alone: the server speaks TLS, with the certificate of the fixtures. */
  readonly tls: boolean;
}

export const plainOptions: PeerOptions = { compression: false, history: false, ownCheck: false, tls: false };

/** One server under measurement, written as the users of that library would write it. */
export interface PeerServer {
  /** On 127.0.0.1. */
  readonly port: number;
  /** Packages and what they are, for the line under the table. */
  readonly versions: Readonly<Record<string, string>>;
  /** What differs from the library's defaults. */
  readonly changed: readonly string[];
  /** The library's own way to reach all subscribers of a channel. */
  publish(channel: string, event: AgentEvent): void;
}
