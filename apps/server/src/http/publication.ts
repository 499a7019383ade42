import { type ChannelEvent, RawJson, WsError, WsErrorCode } from '@skreaver/nestjs-ws';
import { elementsOf, messageLimitFault, sourceAt } from '@skreaver/protocol';
import { invalidParams } from './invalid-params.js';

const MOST_MESSAGES = 1000;
const FIELDS: ReadonlySet<string> = new Set(['channel', 'data', 'idempotency_key', 'metadata', 'except']);

/** One entry of a batch: the event, or the error that it was rejected with. */
export type Publication = ChannelEvent | WsError;

/**
 * Reads one publication, or the list in `messages`, from the `value` of a body that was parsed once. `data` keeps its
 * JSON text. Each publication must follow the rules for one client message (PROTOCOL §2).
 * @throws WsError, BadRequestException for any other body
 */
export function readPublications({
  text,
  value,
}: {
  readonly text: string;
  readonly value: unknown;
}): ChannelEvent | readonly Publication[] {
  if (!isObject(value) || !('messages' in value)) return publicationOf(text, value);
  const { messages, ...others } = value;
  if (!Array.isArray(messages) || messages.length > MOST_MESSAGES || Object.keys(others).length > 0) {
    throw invalidParams(`Beside a list of at most ${MOST_MESSAGES} messages there is nothing in a batch.`);
  }
  return elementsOf(sourceAt(text, ['messages']) as string).map((entry, at) => attempt(entry, messages[at]));
}

function attempt(text: string, value: unknown): Publication {
  try {
    return publicationOf(text, value);
  } catch (error) {
    if (error instanceof WsError) return error;
    throw error;
  }
}

/** `data` is any JSON value, including null. An unknown field is an error, so that a misspelt one is not ignored. */
function publicationOf(text: string, value: unknown): ChannelEvent {
  const fault = messageLimitFault(text);
  if (fault !== undefined) throw new WsError(WsErrorCode.InvalidMessage, fault);
  if (!isObject(value) || !Object.keys(value).every((key) => FIELDS.has(key))) throw noPublication();
  const { channel, idempotency_key: idempotencyKey, metadata } = value;
  const data = sourceAt(text, ['data']);
  if (typeof channel !== 'string' || data === undefined) throw noPublication();
  if (idempotencyKey !== undefined && typeof idempotencyKey !== 'string') throw noPublication();
  if (metadata !== undefined && !isObject(metadata)) throw noPublication();
  return { channel, data: RawJson.partOf(data), idempotencyKey, metadata, except: exceptOf(value['except']) };
}

/** Who is left out: `{"user_id": "…"}`, `{"connection_id": "…"}`, or both. */
function exceptOf(value: unknown): ChannelEvent['except'] {
  if (value === undefined) return undefined;
  if (!isObject(value)) throw noExcept();
  const { user_id: userId, connection_id: connectionId, ...others } = value;
  if (Object.keys(others).length > 0 || !isId(userId) || !isId(connectionId)) throw noExcept();
  return { userId, connectionId };
}

const isId = (id: unknown): id is string | undefined => id === undefined || typeof id === 'string';

const noExcept = (): WsError =>
  new WsError(WsErrorCode.InvalidParams, 'except takes a user_id, a connection_id or both, and nothing else.');

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const noPublication = (): WsError =>
  new WsError(
    WsErrorCode.InvalidParams,
    'Send {"channel": "…", "data": …}, with an idempotency_key (text), metadata (an object) and except if you like and nothing else, or {"messages": [such, …]}.',
  );
