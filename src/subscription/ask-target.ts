import { WsErrorCode } from '@skreaver/protocol';
import { type ClientConnection, type ConnectionTable, WsError } from '../connection/index.js';

/** The target of a question: a connection, by its id, or all connections of a user on this node. */
export type AskTarget =
  | string
  | { readonly connection: string; readonly user?: never }
  | { readonly user: string; readonly connection?: never };

export interface AskOptions {
  /** Milliseconds to wait for the answer; default 30,000. */
  readonly timeout?: number;
}

const DEFAULT_TIMEOUT_MS = 30_000;

/** Finds the connections of a target. @throws WsError `CONNECTION_NOT_FOUND` */
export function connectionsOf(target: AskTarget, table: ConnectionTable): readonly ClientConnection[] {
  if (typeof target === 'object' && target.user !== undefined) {
    const connections = table.ofUser(target.user);
    if (connections.length > 0) return connections;
  } else {
    const connection = table.get(typeof target === 'string' ? target : target.connection);
    if (connection !== undefined) return [connection];
  }
  throw WsError.connectionNotFound();
}

/** @throws WsError `INVALID_PARAMS` */
export function timeoutOf({ timeout = DEFAULT_TIMEOUT_MS }: AskOptions): number {
  if (timeout > 0 && Number.isFinite(timeout)) return timeout;
  throw new WsError(WsErrorCode.InvalidParams, 'The timeout of ask must be a positive number of milliseconds.');
}
