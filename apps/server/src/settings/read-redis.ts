import { readFileSync } from 'node:fs';
import { type RedisBackplaneOptions, redisBackplane } from '@skreaver/redis';
import type { EnvironmentReader } from './environment-reader.js';
import { Variable } from './variables.js';

/** Reads where the Redis is that the servers share; undefined if this server stands alone. */
export function readRedis(reader: EnvironmentReader): RedisBackplaneOptions | undefined {
  const urls = reader.secret(Variable.RedisUrl)?.trim().split(/\s+/);
  const prefix = reader.text(Variable.RedisPrefix);
  const file = reader.text(Variable.RedisPasswordFile);
  if (urls === undefined) {
    for (const name of [Variable.RedisPasswordFile, Variable.RedisPrefix]) {
      if (reader.text(name) !== undefined) reader.problem(`${name} is set without ${Variable.RedisUrl}; set that too.`);
    }
    return undefined;
  }
  const options = { urls, prefix, password: file === undefined ? undefined : readPassword(reader, file) };
  try {
    redisBackplane(options);
  } catch (error) {
    reader.problem(`${Variable.RedisUrl} or ${Variable.RedisPrefix} is wrong: ${(error as Error).message}`);
  }
  return options;
}

function readPassword(reader: EnvironmentReader, path: string): string | undefined {
  try {
    // Editors end a file with a line feed.
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    reader.problem(`${Variable.RedisPasswordFile} is ${JSON.stringify(path)}, which cannot be read (${reason}).`);
    return undefined;
  }
}
