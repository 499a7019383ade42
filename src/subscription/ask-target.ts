import { WsErrorCode } from '@skreaver/protocol';
import type { QuestionTarget } from '../backplane/index.js';
import { WsError } from '../connection/index.js';

/** The target of a question: a connection, by its id, or all connections of a user. On any node. */
export type AskTarget =
  | string
  | { readonly connection: string; readonly user?: never }
  | { readonly user: string; readonly connection?: never };

export interface AskOptions {
  /** Milliseconds to wait for the answer; default 30,000. */
  readonly timeout?: number;
}

const DEFAULT_TIMEOUT_MS = 30_000;

export function questionTarget(target: AskTarget): QuestionTarget {
  if (typeof target === 'object' && target.user !== undefined) return { userId: target.user };
  return { connectionId: typeof target === 'string' ? target : target.connection };
}

/** @throws WsError `INVALID_PARAMS` */
export function timeoutOf({ timeout = DEFAULT_TIMEOUT_MS }: AskOptions): number {
  if (timeout > 0 && Number.isFinite(timeout)) return timeout;
  throw new WsError(WsErrorCode.InvalidParams, 'The timeout of ask must be a positive number of milliseconds.');
}
