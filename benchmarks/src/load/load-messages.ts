import type { ChannelPosition } from '../dialects/dialect.js';
import type { PeerName } from '../server/peers/peer-server.js';

/** Argument of a load process, as JSON. */
export interface LoadArgument {
  readonly peer: PeerName;
  /** Ports of the nodes; the connections of each channel are spread over them. */
  readonly ports: readonly number[];
  readonly compression: boolean;
  readonly tls: boolean;
  readonly msgpack: boolean;
}

export interface ConnectPlan {
  readonly connections: number;
  /**
   * Number of shared channels: connection i subscribes to the channel `c<i modulo channels>`; with 0, to none of them.
   */
  readonly channels: number;
  /** Further channels of each connection, to which no other connection subscribes. */
  readonly ownChannels: number;
  /** Concurrent openings. */
  readonly atOnce: number;
  /** Places of the nodes that they are spread over; by default all. */
  readonly nodes?: readonly number[];
  /** Number of loopback addresses that they come from in turn; by default one, which the system chooses. */
  readonly addresses?: number;
  /** Where they were before in the shared channels. */
  readonly since?: ChannelPosition;
}

export type LoadOrder =
  | { readonly kind: 'connect'; readonly plan: ConnectPlan }
  | { readonly kind: 'begin'; readonly measureLatency: boolean }
  | { readonly kind: 'await'; readonly deliveries: number; readonly timeoutMs: number }
  | { readonly kind: 'request'; readonly connections: number; readonly ms: number }
  | { readonly kind: 'watch'; readonly everyMs: number }
  | { readonly kind: 'unwatch' }
  | { readonly kind: 'end' }
  | { readonly kind: 'drop' };

/** Each reply has the `kind` of its order. */
export type LoadReply =
  | { readonly kind: 'connect'; readonly ms: number; readonly position?: ChannelPosition }
  | { readonly kind: 'begin' }
  | { readonly kind: 'await'; readonly complete: boolean; readonly waitedMs: number }
  | { readonly kind: 'request'; readonly answers: number }
  | { readonly kind: 'watch' }
  | { readonly kind: 'unwatch'; readonly latency: Latency }
  | ({ readonly kind: 'end' } & LoadUsage)
  | { readonly kind: 'drop' };

/** Usage of the client between `begin` and `end`. */
export interface LoadUsage {
  readonly deliveries: number;
  readonly bytes: number;
  /** CPU time of this process divided by wall time; near 1 the client was the bottleneck. */
  readonly utilisation: number;
  readonly closed: number;
  readonly latency?: Latency;
}

/** Latency from just before the publish to the client's read, in milliseconds. */
export interface Latency {
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}
