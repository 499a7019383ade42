import { isIP } from 'node:net';
import { configFromEnvironment, ConfigError, type SkreaverWsOptions } from '@skreaver/nestjs-ws';
import { isLoopbackHost } from '@skreaver/protocol';
import type { RedisBackplaneOptions } from '@skreaver/redis';
import type { AuthenticationSettings } from '../authentication/index.js';
import { type Environment, EnvironmentReader } from './environment-reader.js';
import { readJwt } from './read-jwt.js';
import { readApiKeys, readHttpKeys } from './read-keys.js';
import { type LogLevel, readLogLevel } from './read-log-level.js';
import { readPort } from './read-port.js';
import { readRedis } from './read-redis.js';
import { readWorkers } from './read-workers.js';
import { SettingsError } from './settings-error.js';
import { Variable } from './variables.js';

const HOST_NAME = /^[a-z0-9._-]+$/i;
const LOOPBACK = '127.0.0.1';
const EVERYWHERE = '0.0.0.0';

/** Access to `/api` or `/metrics`: nobody, holders of a key (by its SHA-256 hash), or everyone on this machine. */
export type ApiAccess =
  | { readonly kind: 'closed' }
  | { readonly kind: 'keys'; readonly hashes: readonly Buffer[] }
  | { readonly kind: 'open' };

/** All settings from the environment. */
export interface ServerSettings {
  /** The options of the module that are set. */
  readonly module: SkreaverWsOptions;
  /** 0 takes a free port. */
  readonly port: number;
  readonly host: string;
  /** Undefined: every client is anonymous. */
  readonly authentication: AuthenticationSettings | undefined;
  readonly apiAccess: ApiAccess;
  /** The same as `apiAccess` if the metrics have no keys of their own. */
  readonly metricsAccess: ApiAccess;
  /** Undefined: this server stands alone. */
  readonly redis: RedisBackplaneOptions | undefined;
  /** Processes that serve clients. 1: this one alone. */
  readonly workers: number;
  readonly logLevel: LogLevel;
  /** True unless `NODE_ENV` is "production". */
  readonly isDevelopment: boolean;
  /** Sentences for the operator. */
  readonly warnings: readonly string[];
}

/**
 * Reads the environment.
 * @throws SettingsError with one sentence for each problem
 */
export function serverSettings(env: Environment): ServerSettings {
  const reader = new EnvironmentReader(env);
  const module = readModule(env, reader);
  const port = readPort(reader);
  const logLevel = readLogLevel(reader);
  const redis = readRedis(reader);
  const workers = readWorkers(reader);
  const authentication = readAuthentication(reader);
  const host = readHost(reader, authentication !== undefined);
  const apiAccess = readApiAccess(reader, authentication !== undefined, host);
  const metricsAccess = readMetricsAccess(reader, apiAccess);
  if (reader.problems.length > 0) throw new SettingsError(reader.problems);
  const isOpen = authentication === undefined && isLoopbackHost(host);
  return {
    module: isOpen ? { allowedHosts: ['loopback'], ...module } : module,
    port,
    host,
    authentication,
    apiAccess,
    metricsAccess,
    redis,
    workers,
    logLevel,
    isDevelopment: reader.text('NODE_ENV') !== 'production',
    warnings: reader.warnings,
  };
}

function readModule(env: Environment, reader: EnvironmentReader): SkreaverWsOptions {
  try {
    return configFromEnvironment(env, Object.values(Variable));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const sentence of error.message.split('\n')) reader.problem(sentence);
    return {};
  }
}

function readAuthentication(reader: EnvironmentReader): AuthenticationSettings | undefined {
  const jwt = readJwt(reader);
  const apiKeys = readApiKeys(reader);
  const mode = reader.text(Variable.Auth);
  const asked = [Variable.JwtSecret, Variable.JwtJwks, Variable.ApiKeys].filter((name) => reader.text(name));
  if (mode !== undefined && mode !== 'none') {
    reader.wrongValue(Variable.Auth, mode, 'none, or not set');
  } else if (mode === 'none' && asked.length > 0) {
    reader.problem(`${Variable.Auth} is "none" while ${asked.join(' and ')} is set; remove one or the other.`);
  } else if (mode === undefined && asked.length === 0) {
    withoutAuthentication(reader);
  } else if (mode === 'none') {
    reader.warn(`No authentication (${Variable.Auth}=none): every client may connect and subscribe to every channel.`);
  }
  return asked.length === 0 ? undefined : { ...(jwt && { jwt }), apiKeys };
}

function withoutAuthentication(reader: EnvironmentReader): void {
  const ways = `${Variable.JwtSecret}, ${Variable.JwtJwks} or ${Variable.ApiKeys}`;
  if (reader.text('NODE_ENV') === 'production') {
    reader.problem(
      `NODE_ENV is "production" and no authentication is set; set ${ways}, or ${Variable.Auth}=none to let everyone connect.`,
    );
  } else {
    reader.warn(`No authentication is set: every client on this machine is let in. Set ${ways} to change that.`);
  }
}

/** The server is reachable from other machines only with authentication or with `SKREAVER_WS_AUTH=none`. */
function readHost(reader: EnvironmentReader, authenticated: boolean): string {
  const host = reader.text(Variable.Host);
  if (host === undefined) return authenticated ? EVERYWHERE : LOOPBACK;
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  if (isIP(bare) === 0 && !HOST_NAME.test(host)) {
    reader.wrongValue(Variable.Host, host, `an address or a host name without a port, such as ${EVERYWHERE}`);
  } else if (!authenticated && !isLoopbackHost(host) && reader.text(Variable.Auth) !== 'none') {
    reader.wrongValue(
      Variable.Host,
      host,
      `a loopback address while no authentication is set, or any with ${Variable.Auth}=none`,
    );
  }
  return bare;
}

function readApiAccess(reader: EnvironmentReader, authenticated: boolean, host: string): ApiAccess {
  const hashes = readHttpKeys(reader, Variable.PublishKeys);
  if (hashes !== undefined) return { kind: 'keys', hashes };
  return !authenticated && isLoopbackHost(host) ? { kind: 'open' } : { kind: 'closed' };
}

function readMetricsAccess(reader: EnvironmentReader, apiAccess: ApiAccess): ApiAccess {
  const hashes = readHttpKeys(reader, Variable.MetricsKeys);
  return hashes === undefined ? apiAccess : { kind: 'keys', hashes };
}
