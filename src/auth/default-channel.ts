import { protocolLimits } from '@skreaver/protocol';

/**
 * A channel that the server subscribes a client to by itself. `since: 'acked'` recovers from the position that the user
 * has acknowledged (PROTOCOL §6). `join_leave: true` sends it the joins and leaves, and grants `presence`.
 */
export type DefaultChannel =
  string | { readonly channel: string; readonly since?: 'acked'; readonly join_leave?: boolean };

/** @throws TypeError when it is not a list of at most 1,000 channels. Names are judged later, each on its own. */
export function toDefaultChannels(answer: unknown): readonly DefaultChannel[] {
  if (answer === undefined) return [];
  const isList = Array.isArray(answer) && answer.length <= protocolLimits.maxChannelsPerMessage;
  if (isList && answer.every(isDefaultChannel)) return answer;
  throw new TypeError('defaultChannels() returned no list of at most 1,000 channels.');
}

function isDefaultChannel(value: unknown): value is DefaultChannel {
  if (typeof value === 'string') return true;
  if (typeof value !== 'object' || value === null) return false;
  const { channel, since, join_leave } = value as Record<string, unknown>;
  const isFlag = join_leave === undefined || typeof join_leave === 'boolean';
  return typeof channel === 'string' && (since === undefined || since === 'acked') && isFlag;
}
