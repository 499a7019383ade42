import { createHash } from 'node:crypto';

/**
 * The idempotency key of a client as the channel knows it: a user's keys are its own. Else one could take another's, whose
 * publication would then count as made.
 */
export function clientKey(userId: string, key: string): string {
  return createHash('sha256').update(`${userId.length} ${userId}${key}`).digest('base64url');
}
