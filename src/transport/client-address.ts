import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = [Address, number];

/** Named ranges, as Express and proxy-addr know them. */
const NAMED_RANGES: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.1/8', '::1/128'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};

function toRange(text: string): Range {
  if (text.includes('/')) return ipaddr.parseCIDR(text);
  const address = ipaddr.parse(text);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

/** `::ffff:192.0.2.1` and `192.0.2.1` are one address. `undefined` for what is none. */
function parse(text: string): Address | undefined {
  return ipaddr.isValid(text) && !text.includes('%') ? ipaddr.process(text) : undefined;
}

/** Finds out who a request comes from, believing only proxies that the operator named. */
export class ClientAddresses {
  private readonly trusted: readonly Range[];

  /** @param trustedProxies addresses, CIDRs, or `loopback`, `linklocal`, `uniquelocal` */
  constructor(trustedProxies: readonly string[]) {
    this.trusted = trustedProxies.flatMap((entry) => NAMED_RANGES[entry] ?? [entry]).map(toRange);
  }

  /**
   * The socket's peer; or, when that is a trusted proxy, the right-most untrusted entry of `X-Forwarded-For`, else
   * `X-Real-IP`. A header that is not a list of addresses is worth nothing: then the peer it is.
   */
  of(request: IncomingMessage): string {
    const peerText = request.socket.remoteAddress ?? '';
    const peer = parse(peerText);
    if (peer === undefined) return peerText;
    if (!this.isTrusted(peer)) return peer.toString();
    return (this.forwarded(request) ?? this.realIp(request) ?? peer).toString();
  }

  private forwarded(request: IncomingMessage): Address | undefined {
    const header = request.headers['x-forwarded-for'];
    if (header === undefined) return undefined;
    const entries = (Array.isArray(header) ? header.join(',') : header).split(',');
    let nearest: Address | undefined;
    for (const entry of entries.toReversed()) {
      const address = parse(entry.trim());
      if (address === undefined) return nearest;
      nearest = address;
      if (!this.isTrusted(address)) return address;
    }
    return nearest;
  }

  private realIp(request: IncomingMessage): Address | undefined {
    const header = request.headers['x-real-ip'];
    return typeof header === 'string' ? parse(header.trim()) : undefined;
  }

  private isTrusted(address: Address): boolean {
    return this.trusted.some(([range, bits]) => range.kind() === address.kind() && address.match(range, bits));
  }
}

/** The unit that per-address limits count: an IPv4 address, or the /64 of an IPv6 one (protocol §1). */
export function addressKey(address: string): string {
  const parsed = parse(address);
  if (parsed === undefined || parsed.kind() === 'ipv4') return address;
  return `${(parsed as ipaddr.IPv6).parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`;
}
