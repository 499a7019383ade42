import { BackplaneUnavailableError } from '@skreaver/nestjs-ws';

/** Redis is there, but cannot be used. The message is one sentence for an operator. */
export class UnfitRedisError extends BackplaneUnavailableError {
  constructor(sentence: string) {
    super('not_done', sentence);
  }
}

/**
 * The slot of a channel is not in this Redis of a cluster any more, or is being moved, or is in none. Nothing was done, unless
 * the same was tried before.
 */
export class SlotMovedError extends BackplaneUnavailableError {
  constructor(outcome: 'not_done' | 'unknown' = 'not_done') {
    super(outcome, 'The slot of the channel is being moved, or no primary of the Redis Cluster has it.');
  }
}

/** Redis refused a command for a reason of its own, which is no outage. */
class RedisRefusedError extends Error {
  override readonly name = 'RedisRefusedError';
}

/** Answers that mean that another Redis has to be looked for, or the same one later. Nothing was done. */
const FAULTS: Readonly<Record<string, string>> = {
  READONLY: 'This Redis is a replica.',
  LOADING: 'Redis is loading its data.',
  MASTERDOWN: 'This Redis is a replica that has lost its primary.',
  CLUSTERDOWN: 'The Redis cluster is down.',
  NOSCRIPT: 'Redis has forgotten its scripts.',
};

/** Answers that do not change by themselves. */
const UNFIT: Readonly<Record<string, string>> = {
  NOAUTH: 'Redis wants a password.',
  WRONGPASS: 'Redis knows no such user with this password.',
  NOPERM: 'The user of Redis may not do what is needed: all commands on the keys and Pub/Sub channels of the prefix.',
};

/** Answers by which Redis refuses a write; it goes on serving what is no write. Nothing was done. */
const REFUSALS: Readonly<Record<string, string>> = {
  OOM: 'Redis has no memory left (maxmemory).',
  MISCONF: 'Redis cannot save its data to disk, and therefore takes no writes.',
  NOREPLICAS: 'Redis has too few replicas that keep up (min-replicas-to-write), and therefore takes no writes.',
};

/** A code stands at the beginning; where a script met it, Redis 6 puts it further behind. */
const codes = new RegExp(`(?:^|[ -])(${Object.keys({ ...FAULTS, ...UNFIT, ...REFUSALS }).join('|')}) `);

export interface Refusal {
  readonly error: Error;
  /** Why the link has to fall, if it has to. */
  readonly fault: string | undefined;
}

/** Answers of a Redis Cluster about the slot of a command. */
const moved = /^(?:MOVED |ASK |TRYAGAIN |CLUSTERDOWN Hash slot)/;

/** What a rejected command means. */
export function refusalOf(cause: unknown): Refusal {
  const text = cause instanceof Error ? cause.message : String(cause);
  if (moved.test(text)) return { error: new SlotMovedError(), fault: undefined };
  const code = codes.exec(text.slice(0, 300))?.[1] ?? '';
  const unfit = UNFIT[code];
  if (unfit !== undefined) return { error: new UnfitRedisError(unfit), fault: unfit };
  const sentence = FAULTS[code] ?? REFUSALS[code];
  if (sentence !== undefined) {
    return { error: new BackplaneUnavailableError('not_done', sentence), fault: FAULTS[code] };
  }
  return { error: new RedisRefusedError(`Redis refused a command: ${text}`, { cause }), fault: undefined };
}

/** Whether an error is what Redis has answered. */
export const isReply = (cause: unknown): boolean => cause instanceof Error && cause.name === 'ReplyError';

/** The socket failed, so that it is not known what became of a command. */
export function lossOf(cause: unknown, effect: 'read' | 'write'): Refusal {
  const fault = reasonOf(cause);
  const outcome = effect === 'read' ? 'not_done' : 'unknown';
  return { error: new BackplaneUnavailableError(outcome, fault, undefined, { cause }), fault };
}

/** Without the addresses that errors of sockets have. */
const reasonOf = (cause: unknown): string => {
  const { code } = cause as { code?: unknown };
  return typeof code === 'string' ? `The connection to Redis failed (${code}).` : 'The connection to Redis failed.';
};

const sentences = [BackplaneUnavailableError, RedisRefusedError];

/** What went wrong, for an operator. */
export const sentenceOf = (error: unknown): string =>
  sentences.some((type) => error instanceof type) ? (error as Error).message : reasonOf(error);
