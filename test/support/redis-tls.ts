import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { TestAuthority } from './certificates.js';

/** A certificate for `localhost` and its key, as settings of Redis; with that of its authority for who connects to others. */
export function certified() {
  const folder = mkdtempSync(join(tmpdir(), 'redis-tls-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const authority = new TestAuthority('authority');
  const { key, cert } = authority.issue('/CN=localhost');
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const own = { 'tls-cert-file': file('crt', cert), 'tls-key-file': file('key', key) };
  const others = { 'tls-ca-cert-file': file('ca', authority.cert), 'tls-replication': 'yes' };
  return { ca: authority.cert, own, files: { ...own, ...others } };
}

type Setting = readonly [name: string, value: string];

/** Serves TLS on a port beside the one without, to clients without a certificate. */
export const tlsOn = (port: number, files: object): Setting[] =>
  Object.entries({ ...files, 'tls-port': `${port}`, 'tls-auth-clients': 'no' });

export const asArguments = (settings: readonly Setting[]): string[] =>
  settings.flatMap(([name, value]) => [`--${name}`, value]);

/** Lets a Sentinel find others by their names, and tell these. */
export const BY_NAME = ['sentinel resolve-hostnames yes', 'sentinel announce-hostnames yes'];
