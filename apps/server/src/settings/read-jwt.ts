import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { JSONWebKeySet } from 'jose';
import { parseDuration } from '@skreaver/nestjs-ws';
import { isLoopbackHost } from '@skreaver/protocol';
import type { JwtKeys, JwtSettings } from '../authentication/index.js';
import type { EnvironmentReader } from './environment-reader.js';
import { Variable } from './variables.js';

/** A key of HS256 has at least the size of its hash, in bytes (RFC 7518 §3.2). */
const SHORTEST_SECRET = 32;
const LONGEST_TOLERANCE_MS = 600_000;
const TOLERANCE_ALLOWED = 'a duration from 0 to 10m, such as 5s';
const JWKS_ALLOWED = 'a file with a JWKS (RFC 7517) or a PEM public key, or an http(s) URL of a JWKS';

/** Reads the settings for JWTs; undefined if no key is set. A secret and public keys may both be set. */
export function readJwt(reader: EnvironmentReader): JwtSettings | undefined {
  const secret = readSecret(reader);
  const keys = readKeys(reader);
  const audience = reader.list(Variable.JwtAudience);
  const issuer = reader.list(Variable.JwtIssuer);
  const clockTolerance = readTolerance(reader);
  if (reader.secret(Variable.JwtSecret) === undefined && reader.text(Variable.JwtJwks) === undefined) {
    for (const name of [Variable.JwtAudience, Variable.JwtIssuer, Variable.JwtClockTolerance]) {
      if (reader.text(name) !== undefined) {
        reader.problem(`${name} is set without a key; set ${Variable.JwtSecret} or ${Variable.JwtJwks} too.`);
      }
    }
    return undefined;
  }
  if (keys !== undefined && audience === undefined) {
    reader.warn(`${Variable.JwtAudience} is not set: a token that was issued for another service is accepted too.`);
  }
  return {
    ...(secret && { secret }),
    ...(keys && { keys }),
    ...(audience && { audience }),
    ...(issuer && { issuer }),
    ...(clockTolerance !== undefined && { clockTolerance }),
  };
}

function readSecret(reader: EnvironmentReader): Uint8Array | undefined {
  const text = reader.secret(Variable.JwtSecret);
  if (text === undefined) return undefined;
  const secret = new TextEncoder().encode(text);
  if (secret.length < SHORTEST_SECRET) {
    reader.problem(
      `${Variable.JwtSecret} is ${secret.length} bytes long; allowed: at least ${SHORTEST_SECRET} bytes (HS256), ` +
        'such as the output of: openssl rand -hex 32.',
    );
  }
  return secret;
}

/** @returns seconds */
function readTolerance(reader: EnvironmentReader): number | undefined {
  const text = reader.text(Variable.JwtClockTolerance);
  if (text === undefined) return undefined;
  const ms = millisecondsOf(text);
  if (ms !== undefined && ms <= LONGEST_TOLERANCE_MS) return ms / 1000;
  reader.wrongValue(Variable.JwtClockTolerance, text, TOLERANCE_ALLOWED);
  return undefined;
}

function millisecondsOf(text: string): number | undefined {
  try {
    return parseDuration(text);
  } catch {
    return undefined;
  }
}

function readKeys(reader: EnvironmentReader): JwtKeys | undefined {
  const source = reader.text(Variable.JwtJwks);
  if (source === undefined) return undefined;
  return /^https?:\/\//i.test(source) ? readUrl(reader, source) : readFile(reader, source);
}

function readUrl(reader: EnvironmentReader, source: string): JwtKeys | undefined {
  if (!URL.canParse(source)) {
    reader.wrongValue(Variable.JwtJwks, source, JWKS_ALLOWED);
    return undefined;
  }
  const url = new URL(source);
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname)) {
    reader.warn(`${Variable.JwtJwks} is an http URL: whoever can change what it answers can sign tokens. Use https.`);
  }
  return { kind: 'url', url };
}

function readFile(reader: EnvironmentReader, path: string): JwtKeys | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    reader.problem(
      `${Variable.JwtJwks} is ${JSON.stringify(path)}, which cannot be read (${reason}); allowed: ${JWKS_ALLOWED}.`,
    );
    return undefined;
  }
  const keys = text.includes('-----BEGIN') ? keysOfPem(text) : keysOfJwks(text);
  if (typeof keys !== 'string') return keys;
  reader.problem(`${Variable.JwtJwks} is ${JSON.stringify(path)}, ${keys}; allowed: ${JWKS_ALLOWED}.`);
  return undefined;
}

/** @returns the keys, or the fault as the end of a sentence */
function keysOfPem(text: string): JwtKeys | string {
  if (text.includes('PRIVATE KEY-----')) return 'which holds a private key that a server must not have';
  try {
    return { kind: 'pem', key: createPublicKey(text) };
  } catch {
    return 'which is not a PEM public key';
  }
}

function keysOfJwks(text: string): JwtKeys | string {
  let jwks: unknown;
  try {
    jwks = JSON.parse(text);
  } catch {
    return 'which is neither PEM nor JSON';
  }
  if (!isKeySet(jwks)) return 'which has no "keys" array of JSON Web Keys';
  if (jwks.keys.some((key) => 'd' in key)) return 'which holds a private key that a server must not have';
  const usable = jwks.keys.filter((key) => key.kty !== 'oct');
  if (usable.length === 0) return 'which has no public key';
  return { kind: 'jwks', jwks: { keys: usable } };
}

function isKeySet(value: unknown): value is JSONWebKeySet {
  if (typeof value !== 'object' || value === null || !('keys' in value) || !Array.isArray(value.keys)) return false;
  return value.keys.every((key: unknown) => typeof key === 'object' && key !== null && 'kty' in key);
}
