import { invalidParams } from './invalid-params.js';

const MOST_MESSAGES = 1000;

export interface Publication {
  readonly channel: string;
  /** Anything of JSON, null too. */
  readonly data: unknown;
}

/**
 * The publications that a body asks for: one, or the list of its `messages` where a wrong entry is undefined. Checked by
 * hand, as class-transformer would copy `data`, which is to be published untouched.
 * @throws BadRequestException for any other body
 */
export function readPublications(body: unknown): Publication | readonly (Publication | undefined)[] {
  if (typeof body === 'object' && body !== null && 'messages' in body) return batch(body.messages);
  const publication = asPublication(body);
  if (publication !== undefined) return publication;
  throw invalidParams(
    'Send {"channel": "…", "data": …} or {"messages": [{"channel": "…", "data": …}, …]} as application/json.',
  );
}

function batch(messages: unknown): readonly (Publication | undefined)[] {
  if (!Array.isArray(messages) || messages.length > MOST_MESSAGES) {
    throw invalidParams(`messages must be a list of at most ${MOST_MESSAGES} entries.`);
  }
  return messages.map(asPublication);
}

function asPublication(value: unknown): Publication | undefined {
  if (typeof value !== 'object' || value === null || !('channel' in value) || !('data' in value)) return undefined;
  return typeof value.channel === 'string' ? { channel: value.channel, data: value.data } : undefined;
}
