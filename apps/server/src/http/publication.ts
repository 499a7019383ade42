import type { ChannelEvent } from '@skreaver/nestjs-ws';
import { invalidParams } from './invalid-params.js';

const MOST_MESSAGES = 1000;

/**
 * The publications that a body asks for: one, or the list of its `messages` where a wrong entry is undefined. Checked by
 * hand, as class-transformer would copy `data`, which is to be published untouched.
 * @throws BadRequestException for any other body
 */
export function readPublications(body: unknown): ChannelEvent | readonly (ChannelEvent | undefined)[] {
  if (typeof body === 'object' && body !== null && 'messages' in body) return batch(body.messages);
  const publication = asPublication(body);
  if (publication !== undefined) return publication;
  throw invalidParams(
    'Send {"channel": "…", "data": …} or {"messages": [{"channel": "…", "data": …}, …]} as application/json.',
  );
}

function batch(messages: unknown): readonly (ChannelEvent | undefined)[] {
  if (!Array.isArray(messages) || messages.length > MOST_MESSAGES) {
    throw invalidParams(`messages must be a list of at most ${MOST_MESSAGES} entries.`);
  }
  return messages.map(asPublication);
}

/** `data` is anything of JSON, null too. */
function asPublication(value: unknown): ChannelEvent | undefined {
  if (typeof value !== 'object' || value === null || !('channel' in value) || !('data' in value)) return undefined;
  const { channel, data } = value;
  const idempotencyKey = 'idempotency_key' in value ? value.idempotency_key : undefined;
  if (typeof channel !== 'string') return undefined;
  if (idempotencyKey !== undefined && typeof idempotencyKey !== 'string') return undefined;
  return { channel, data, idempotencyKey };
}
