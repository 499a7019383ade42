import { Variable } from './settings/index.js';

const reasons: Readonly<Record<string, (address: string) => string>> = {
  EADDRINUSE: (address) => `${address} is in use by another process; set ${Variable.Port} to a free port.`,
  EACCES: (address) => `${address} may not be used by this user; set ${Variable.Port} to a port from 1024 on.`,
  EADDRNOTAVAIL: (address) => `${address} is not an address of this machine; set ${Variable.Host} to one.`,
  ENOTFOUND: (address) => `${address} has a host name that is not known; set ${Variable.Host} to an address.`,
};

/** Explains in one sentence why the server cannot listen; undefined for any other error. */
export function listenErrorSentence(error: unknown, host: string, port: number): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return reasons[String(error.code)]?.(`${host.includes(':') ? `[${host}]` : host}:${port}`);
}
