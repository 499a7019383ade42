import { WsErrorCode, defaultErrorMessage } from '@skreaver/protocol';
import type { ClientConnection } from './client-connection.js';
import { WsError } from './ws-error.js';

export interface UserLimits {
  readonly maxConnectionsPerUser: number;
  readonly connectionsPerUserPolicy: 'refuse_newest' | 'close_oldest';
}

/** Bounds the connections of a user on this node. */
export class UserLimit {
  constructor(private readonly limits: UserLimits) {}

  /**
   * Makes room for one more connection.
   * @param others the connections that the user has
   * @returns those that have to be closed: the ones that were opened first
   * @throws WsError `CONNECTION_LIMIT_EXCEEDED`, `details.scope` being `user`
   */
  makeRoom(others: readonly ClientConnection[]): readonly ClientConnection[] {
    const { maxConnectionsPerUser: max, connectionsPerUserPolicy: policy } = this.limits;
    if (max === 0 || others.length < max) return [];
    if (policy === 'refuse_newest') throw limitExceeded(max);
    return others.toSorted((a, b) => a.openedAt - b.openedAt).slice(0, others.length - max + 1);
  }
}

function limitExceeded(max: number): WsError {
  const code = WsErrorCode.ConnectionLimitExceeded;
  return new WsError(code, defaultErrorMessage(code), { scope: 'user', max });
}
