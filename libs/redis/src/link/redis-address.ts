/** Where Redis is, and how to log in. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
  /** Set where Sentinels are asked for the primary: their addresses, and the name under which they know it. */
  readonly sentinel:
    { readonly addresses: readonly { host: string; port: number }[]; readonly name: string } | undefined;
  /** Set where a Redis Cluster is named: the addresses of some of its servers. */
  readonly seeds: readonly { readonly host: string; readonly port: number }[] | undefined;
}

const PORT = 6379;
const SENTINEL_PORT = 26_379;
const FORMS =
  'redis://host:port/db, rediss://host:port/db, redis+sentinel://host1:port,host2:port/name/db or ' +
  'redis+cluster://host1:port,host2:port';
const form =
  /^(redis|rediss|redis\+sentinel|rediss\+sentinel|redis\+cluster|rediss\+cluster):\/\/(?:([^@/]*)@)?([^@/?#]*)(?:\/([^?#]*))?$/;

/**
 * Reads the URL of a Redis.
 * @throws Error without the URL, which may contain a password
 */
export function parseRedisUrl(url: string): RedisAddress {
  const parts = form.exec(url);
  if (parts === null) throw new Error(`The URL of Redis is none of ${FORMS}.`);
  const [, scheme = '', login, hosts = '', path = ''] = parts;
  const [isSentinel, isCluster] = [scheme.endsWith('+sentinel'), scheme.endsWith('+cluster')];
  const addresses = hosts.split(',').map((host) => hostOf(host, isSentinel ? SENTINEL_PORT : PORT));
  const [first] = addresses;
  if (first === undefined || (!isSentinel && !isCluster && addresses.length > 1))
    throw new Error(`The URL of Redis is none of ${FORMS}.`);
  const steps = path
    .split('/')
    .filter((step) => step !== '')
    .map((step) => decode(step));
  const name = isSentinel ? steps.shift() : undefined;
  if (isSentinel && name === undefined)
    throw new Error('The URL of Redis has to name the primary that the Sentinels know.');
  return {
    ...first,
    isTls: scheme.startsWith('rediss'),
    ...loginOf(login),
    database: databaseOf(steps),
    sentinel: name === undefined ? undefined : { addresses, name },
    seeds: isCluster ? addresses : undefined,
  };
}

function hostOf(text: string, defaultPort: number): { host: string; port: number } {
  const parts = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text);
  const host = parts?.[1] ?? parts?.[2];
  if (host === undefined) throw new Error('The URL of Redis has a host that is none.');
  return { host, port: Number(parts?.[3] ?? defaultPort) };
}

function loginOf(login: string | undefined): Pick<RedisAddress, 'username' | 'password'> {
  if (login === undefined || login === '') return { username: undefined, password: undefined };
  const colon = login.indexOf(':');
  const [username, password] = colon === -1 ? [login, undefined] : [login.slice(0, colon), login.slice(colon + 1)];
  return { username: decode(username) || undefined, password: password === undefined ? undefined : decode(password) };
}

function databaseOf(steps: readonly string[]): number {
  const [database = '0', ...more] = steps;
  if (more.length > 0 || !/^\d{1,4}$/.test(database)) throw new Error(`The URL of Redis is none of ${FORMS}.`);
  return Number(database);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error('The URL of Redis has a % that is not followed by two hexadecimal digits.');
  }
}
