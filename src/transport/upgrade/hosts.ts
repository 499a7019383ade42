import { isLoopbackHost } from '@skreaver/protocol';

/**
 * True if the `Host` of a request is allowed. A web page can make its own name resolve to this machine (DNS rebinding).
 * Then `Host` and `Origin` agree, and only the name gives it away (PROTOCOL §1).
 * @param allowed names, addresses, `loopback`; empty allows all
 */
export function isHostAllowed(header: string | undefined, allowed: readonly string[]): boolean {
  if (allowed.length === 0) return true;
  const name = nameOf(header ?? '');
  return allowed.includes(name) || (allowed.includes('loopback') && isLoopbackHost(name));
}

/** Strips port, brackets and the trailing dot, and lowers the case. */
function nameOf(header: string): string {
  const bare = /^\[(.*)\](?::\d*)?$/.exec(header)?.[1] ?? header.replace(/:\d*$/, '');
  return bare.toLowerCase().replace(/\.$/, '');
}
