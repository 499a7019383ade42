import { WsErrorCode } from '@skreaver/protocol';
import type { Exclusion } from '../../backplane/index.js';
import { type ClientConnection, type ConnectionTable, WsError } from '../../connection/index.js';

/**
 * Copies an exclusion that the application gave.
 * @throws WsError `INVALID_PARAMS` when it names nobody: an id that is missing by mistake must not send the event to all
 */
export function exclusionOf(except: Exclusion | undefined): Exclusion | undefined {
  if (except === undefined) return undefined;
  const { connectionId, userId } = Object(except) as Exclusion;
  const ids: unknown[] = [connectionId, userId].filter((id) => id !== undefined);
  if (ids.length > 0 && ids.every((id) => typeof id === 'string' && id !== '')) return { connectionId, userId };
  throw new WsError(WsErrorCode.InvalidParams, 'except names nobody; give it a connectionId, a userId or both.');
}

/** Tells whether a connection must not get an event. */
export function isExcluded(
  except: Exclusion | undefined,
  { id, userId }: Pick<ClientConnection, 'id' | 'userId'>,
): boolean {
  if (except === undefined) return false;
  return except.connectionId === id || (except.userId !== undefined && except.userId === userId);
}

/** Finds the connections of this node that must not get an event, each once. */
export function excludedFrom({ connectionId, userId }: Exclusion, table: ConnectionTable): Iterable<ClientConnection> {
  const ofUser = userId === undefined ? [] : table.ofUser(userId);
  const one = connectionId === undefined ? undefined : table.get(connectionId);
  return one === undefined ? ofUser : new Set([one, ...ofUser]);
}
