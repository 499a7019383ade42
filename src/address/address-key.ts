import type ipaddr from 'ipaddr.js';
import { ipv4Of, parseAddress, withoutZone } from './parse-address.js';

/** The unit that per-address limits count: an IPv4 address, or the /64 of an IPv6 one (PROTOCOL §1). */
export function addressKey(address: string): string {
  const ipv4 = ipv4Of(address);
  if (ipv4 !== undefined) return ipv4;
  const parsed = parseAddress(withoutZone(address));
  if (parsed === undefined) return address;
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return `${(parsed as ipaddr.IPv6).parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`;
}
