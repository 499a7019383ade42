const loopbackName = /^(?:.*\.)?localhost\.?$/i;
const loopbackAddress = /^127(?:\.(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}$/;

/**
 * Tells whether a host leads to the machine that looks it up: `localhost`, `agents.localhost`, `127.0.0.1`, `[::1]`,
 * each with or without a port. Browsers resolve `*.localhost` to their own machine, whatever DNS says (RFC 6761 §6.3).
 * The entry `loopback` of `allowedHosts` stands for these hosts (PROTOCOL §1).
 * @param host a `Host` header, the host of a URL, or an address
 */
export function isLoopbackHost(host: string): boolean {
  if (host === '::1') return true; // without brackets it has no port
  const name = host.replace(/:\d*$/, '');
  return name === '[::1]' || loopbackName.test(name) || loopbackAddress.test(name);
}
