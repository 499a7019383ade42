import type { BackplaneHealth } from '../backplane/index.js';

/** A node of the server, as it sees itself. Plain data, as it crosses nodes. */
export interface NodeStatus {
  /** Begins the ids of its connections, and is in its logs. */
  readonly id: string;
  /** Of `@skreaver/nestjs-ws`. */
  readonly version: string;
  /** When its process was started, in ms since 1970. */
  readonly startedAt: number;
  /** Open connections. */
  readonly connections: number;
  /** How late its event loop was when it was asked, in ms: the time beyond 50 ms that a timer of 50 ms took. */
  readonly loopLagMs: number;
  /** Whether its backplane reaches its engine. */
  readonly backplane: BackplaneHealth;
}

/** The nodes that have answered. */
export interface ClusterView {
  /** This node first, the others by their start. */
  readonly nodes: readonly NodeStatus[];
  /** The number of nodes that did not answer within 5 s, as far as is known here. */
  readonly unconfirmed: number;
}
