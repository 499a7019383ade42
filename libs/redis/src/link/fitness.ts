import { UnfitRedisError } from './link-errors.js';

type Version = readonly [major: number, minor: number];

const OLDEST: Version = [6, 2];
/** Pub/Sub channels have slots since. */
const OLDEST_CLUSTER: Version = [7, 0];

/** What Redis says of itself in INFO. */
export class RedisInfo {
  constructor(private readonly text: string) {}

  get(field: string): string | undefined {
    return new RegExp(`^${field}:(.*?)\\r?$`, 'm').exec(this.text)?.[1];
  }
}

/**
 * Refuses a Redis that this cannot work on.
 * @param isSharded whether it is said to be part of a Redis Cluster
 * @throws UnfitRedisError
 */
export function checkFitness(info: RedisInfo, isSharded = false): void {
  const version = info.get('redis_version') ?? 'unknown';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const oldest = isSharded ? OLDEST_CLUSTER : OLDEST;
  if (!(major > oldest[0] || (major === oldest[0] && minor >= oldest[1]))) {
    const where = isSharded ? ' in a Redis Cluster' : '';
    throw new UnfitRedisError(`Redis is version ${version}; Skreaver WS needs ${oldest.join('.')} or later${where}.`);
  }
  // Valkey has another name for it.
  const isCluster = (info.get('redis_mode') ?? info.get('server_mode')) === 'cluster';
  if (isCluster && !isSharded) {
    throw new UnfitRedisError(
      'Redis is a node of a Redis Cluster; set the option `cluster: true`, or begin the URL with redis+cluster://.',
    );
  }
  if (!isCluster && isSharded) {
    throw new UnfitRedisError('Redis is not a node of a Redis Cluster; leave the option `cluster` out.');
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
