import { type RedisAddress, parseRedisUrl } from './link/redis-address.js';

/** Where Redis is, and what this server keeps of it. */
export interface RedisBackplaneOptions {
  /**
   * `redis://host:port/db`, `rediss://` with TLS, or `redis+sentinel://host1:port,host2:port/name/db` where Sentinels know
   * the primary, or `redis+cluster://host1:port,host2:port` with some servers of a Redis Cluster, which name the others
   * (`rediss+cluster://` with TLS). User and password may stand before the host, percent-encoded.
   */
  readonly url?: string | undefined;
  /**
   * The URLs of several Redis, instead of `url`. Each holds a part of the channels, and fails alone; commands go through the
   * first. All nodes need the same list: to change it, end them all first.
   */
  readonly urls?: readonly string[] | undefined;
  /**
   * Whether `url` or `urls` name servers of one Redis Cluster (7 or later), which name the others. Its slots say which primary
   * has which channels. Default: only where the URL begins with `redis+cluster://`.
   */
  readonly cluster?: boolean | undefined;
  /**
   * Where the servers of the cluster are for this process, if it cannot reach them at the addresses that they announce, as
   * behind a port forwarding: by `host:port` as announced. Default: none.
   */
  readonly natMap?: Readonly<Record<string, { readonly host: string; readonly port: number }>> | undefined;
  /** The password, instead of those in the URLs. */
  readonly password?: string | undefined;
  /**
   * Certificates of the authorities that are trusted by `rediss://`, as PEM; also by `rediss+sentinel://`,
   * whose Sentinels speak TLS too. Default: those that Node.js trusts.
   */
  readonly ca?: string | undefined;
  /** Begins every key, so that several environments can share one Redis. Default: none. */
  readonly prefix?: string | undefined;
  /**
   * Bytes, by an estimate, of the events that this node keeps of its open channels, from which clients that come back are
   * served without Redis. Default: 32 MiB.
   */
  readonly recentMaxBytes?: number | undefined;
}

const RECENT_MAX_BYTES = 32 * 1024 * 1024;
const prefixPattern = /^[\w.:/-]{0,64}$/;

const placeOf = ({ host, port, database, sentinel }: RedisAddress): unknown => [host, port, database, sentinel];

/** @throws Error with a sentence for an operator */
export function resolveOptions({
  url,
  urls,
  cluster,
  natMap = {},
  password,
  ca,
  prefix = '',
  recentMaxBytes = RECENT_MAX_BYTES,
}: RedisBackplaneOptions) {
  const all = urls ?? (url === undefined ? [] : [url]);
  if (all.length === 0 || (url !== undefined && urls !== undefined)) {
    throw new Error('The Redis backplane needs either a url or urls.');
  }
  if (!prefixPattern.test(prefix)) {
    throw new Error('The prefix of the Redis backplane may have 64 characters of A–Z a–z 0–9 _ . : / and -.');
  }
  if (!(Number.isSafeInteger(recentMaxBytes) && recentMaxBytes >= 0)) {
    throw new Error('recentMaxBytes of the Redis backplane is a whole number of bytes.');
  }
  const parsed = all.map((each) => parseRedisUrl(each));
  const isCluster = cluster ?? parsed.some(({ seeds }) => seeds !== undefined);
  const addresses = isCluster ? seedsOf(parsed) : parsed;
  if (cluster !== true && parsed.some(({ seeds }) => seeds !== undefined) && (!isCluster || parsed.length > 1)) {
    throw new Error('The Redis backplane has a Redis Cluster beside other Redis, or with cluster: false.');
  }
  if (new Set(addresses.map((address) => JSON.stringify(placeOf(address)))).size < addresses.length) {
    throw new Error('The Redis backplane has one Redis twice in its urls.');
  }
  return { addresses, isCluster, natMap, password, ca, prefix, recentMaxBytes };
}

/** Where Redis is, as {@link resolveOptions} has understood it. */
export type ResolvedWays = Omit<ReturnType<typeof resolveOptions>, 'prefix' | 'recentMaxBytes'>;

/** The servers of a cluster that are named. All have the user, the password and TLS of the first. */
function seedsOf(parsed: readonly RedisAddress[]): RedisAddress[] {
  if (parsed.some(({ sentinel }) => sentinel !== undefined)) {
    throw new Error('The Redis backplane has Sentinels in the URL of a cluster, which needs none.');
  }
  if (parsed.some(({ database }) => database !== 0)) {
    throw new Error('The Redis backplane has a database in the URL of a cluster, which has none but 0.');
  }
  const [first] = parsed as [RedisAddress];
  return parsed.flatMap((each) => (each.seeds ?? [each]).map(({ host, port }) => ({ ...first, host, port })));
}
