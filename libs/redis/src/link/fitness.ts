import { UnfitRedisError } from './link-errors.js';

const OLDEST: readonly [major: number, minor: number] = [6, 2];

/** What Redis says of itself in INFO. */
export class RedisInfo {
  constructor(private readonly text: string) {}

  get(field: string): string | undefined {
    return new RegExp(`^${field}:(.*?)\\r?$`, 'm').exec(this.text)?.[1];
  }
}

/**
 * Refuses a Redis that this cannot work on.
 * @throws UnfitRedisError
 */
export function checkFitness(info: RedisInfo): void {
  const version = info.get('redis_version') ?? 'unknown';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (!(major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]))) {
    throw new UnfitRedisError(`Redis is version ${version}; Skreaver WS needs ${OLDEST.join('.')} or later.`);
  }
  // Valkey has another name for it.
  if ((info.get('redis_mode') ?? info.get('server_mode')) === 'cluster') {
    throw new UnfitRedisError(
      'Redis is a node of a Redis Cluster; Skreaver WS needs one primary, with or without Sentinel.',
    );
  }
}

/** Whether it takes writes; false for a replica. */
export const isPrimary = (info: RedisInfo): boolean => info.get('role') === 'master';

/** Warns of a Redis that forgets what it was given, in one sentence. */
export function evictionWarning(info: RedisInfo): string | undefined {
  const policy = info.get('maxmemory_policy') ?? 'noeviction';
  if (policy === 'noeviction' || (info.get('maxmemory') ?? '0') === '0') return undefined;
  return (
    `Redis has maxmemory-policy ${policy}: short of memory, it will drop histories, idempotency keys and members; ` +
    'set maxmemory-policy noeviction.'
  );
}
