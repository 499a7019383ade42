import { isIPv4 } from 'node:net';

/**
 * Whether a request may name us so. A web page can have its own name lead to this machine (DNS rebinding); then `Host` and
 * `Origin` agree, and only the name tells (protocol §1).
 * @param allowed names, addresses, `loopback`; empty allows all
 */
export function isHostAllowed(header: string | undefined, allowed: readonly string[]): boolean {
  if (allowed.length === 0) return true;
  const name = nameOf(header ?? '');
  return allowed.includes(name) || (allowed.includes('loopback') && isLoopbackName(name));
}

/** Without its port, brackets and the dot of a full name, in lower case. */
function nameOf(header: string): string {
  const bare = /^\[(.*)\](?::\d*)?$/.exec(header)?.[1] ?? header.replace(/:\d*$/, '');
  return bare.toLowerCase().replace(/\.$/, '');
}

/** RFC 6761 §6.3: browsers take `*.localhost` for this machine, whatever DNS says. */
function isLoopbackName(name: string): boolean {
  return (
    name === 'localhost' || name.endsWith('.localhost') || name === '::1' || (isIPv4(name) && name.startsWith('127.'))
  );
}
