import { type Position, WsErrorCode, isChannelName, protocolLimits } from '@skreaver/protocol';
import { WsError } from '../../connection/index.js';
import type { HistoryRange } from '../../delivery/index.js';
import { MAX_HISTORY_LIMIT } from './params-schemas.js';

const MAX_KEY_LENGTH = protocolLimits.maxIdempotencyKeyLength;

type Params = Readonly<Record<string, unknown>>;

/** The params of `publish` (PROTOCOL §5). @throws WsError `INVALID_PARAMS`, `INVALID_CHANNEL` */
export function publishParams(params: unknown): {
  readonly channel: string;
  readonly data: unknown;
  readonly key: string | undefined;
} {
  const { channel, data, idempotency_key: key } = objectOf(params);
  if (data === undefined) throw invalid('publish needs params {channel, data}, channel being a string.');
  const name = channelOf(channel, 'publish needs params {channel, data}, channel being a string.');
  if (key === undefined || (typeof key === 'string' && key.length > 0 && key.length <= MAX_KEY_LENGTH)) {
    return { channel: name, data, key };
  }
  throw invalid(`idempotency_key must be a string of 1 to ${MAX_KEY_LENGTH} characters.`);
}

/** The params of `history` (PROTOCOL §5). @throws WsError `INVALID_PARAMS`, `INVALID_CHANNEL` */
export function historyParams(params: unknown): { readonly channel: string; readonly range: HistoryRange } {
  const { channel, since, limit, reverse } = objectOf(params);
  const name = channelOf(channel, 'history needs params {channel}, a string.');
  if (since !== undefined && !isPosition(since)) {
    throw invalid('since must be {epoch, offset}: a string and a whole number from 0.');
  }
  if (limit !== undefined && !isWhole(limit, 1, MAX_HISTORY_LIMIT)) {
    throw invalid(`limit must be a whole number from 1 to ${MAX_HISTORY_LIMIT}.`);
  }
  if (reverse !== undefined && typeof reverse !== 'boolean') throw invalid('reverse must be true or false.');
  return { channel: name, range: { since, limit, reverse } };
}

/** The params of `presence` and `presence_stats` (PROTOCOL §5). @throws WsError `INVALID_PARAMS`, `INVALID_CHANNEL` */
export function presenceParams(params: unknown): string {
  return channelOf(objectOf(params)['channel'], 'presence and presence_stats need params {channel}, a string.');
}

/** The params of `cancel` (PROTOCOL §5). @throws WsError `INVALID_PARAMS` */
export function cancelParams(params: unknown): string {
  const { correlation_id: correlationId } = objectOf(params);
  if (typeof correlationId === 'string') return correlationId;
  throw invalid('cancel needs params {correlation_id}, a string.');
}

/** An invalid name can be arbitrarily long, so the error echoes only its beginning. */
function channelOf(value: unknown, needs: string): string {
  if (typeof value !== 'string') throw invalid(needs);
  if (isChannelName(value)) return value;
  throw WsError.invalidChannel(WsError.shownChannel(value));
}

function isPosition(value: unknown): value is Position {
  const { epoch, offset } = objectOf(value);
  return typeof epoch === 'string' && isWhole(offset, 0, Number.MAX_SAFE_INTEGER);
}

function isWhole(value: unknown, min: number, max: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max;
}

function objectOf(value: unknown): Params {
  return typeof value === 'object' && value !== null ? (value as Params) : {};
}

function invalid(message: string): WsError {
  return new WsError(WsErrorCode.InvalidParams, message);
}
