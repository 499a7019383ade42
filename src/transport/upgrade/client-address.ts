import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import ipaddr from 'ipaddr.js';
import { type Address, ipv4Of, parseAddress, withoutZone } from '../../address/index.js';

type Range = [Address, number];

/** Named ranges of addresses, as in Express and proxy-addr. */
const NAMED_RANGES: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.1/8', '::1/128'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};

/** Entry of `trustedProxies` for peers of a Unix socket, and their address. */
const UNIX = 'unix';

/**
 * A TCP socket keeps its local address when its peer has gone; a Unix socket has no addresses. Each is read only where
 * it decides: the first read is a system call.
 */
function isUnix(socket: Socket): boolean {
  return socket.remoteAddress === undefined && socket.localAddress === undefined && !socket.destroyed;
}

function toRange(text: string): Range {
  if (text.includes('/')) return ipaddr.parseCIDR(text);
  const address = ipaddr.parse(text);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

/** Parses an entry of a proxy's header, such as `192.0.2.1:4711`, `[2001:db8::1]` or `[2001:db8::1]:4711`. */
function parseEntry(text: string): Address | undefined {
  const entry = text.trim();
  const bare = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(entry) ?? /^([\d.]+):\d{1,5}$/.exec(entry);
  return parseAddress(bare?.[1] ?? entry);
}

/** Finds the client's address of a request. Believes only proxies that the operator named. */
export class ClientAddresses {
  private readonly trusted: readonly Range[];
  private readonly trustsUnix: boolean;

  /** @param trustedProxies addresses, CIDRs, or `loopback`, `linklocal`, `uniquelocal`, `unix` */
  constructor(trustedProxies: readonly string[]) {
    this.trustsUnix = trustedProxies.includes(UNIX);
    this.trusted = trustedProxies
      .filter((entry) => entry !== UNIX)
      .flatMap((entry) => NAMED_RANGES[entry] ?? [entry])
      .map(toRange);
  }

  /**
   * The address of the socket's peer. Behind a trusted proxy: the right-most untrusted entry of `X-Forwarded-For`,
   * otherwise `X-Real-IP`. A header that is not a list of addresses is ignored.
   */
  of(request: IncomingMessage): string {
    if (isUnix(request.socket)) return (this.trustsUnix ? this.named(request)?.toString() : undefined) ?? UNIX;
    const peerText = request.socket.remoteAddress ?? '';
    const ipv4 = this.trusted.length === 0 ? ipv4Of(peerText) : undefined;
    if (ipv4 !== undefined) return ipv4;
    const peer = parseAddress(withoutZone(peerText));
    if (peer === undefined) return peerText;
    if (!this.isTrusted(peer)) return peer.toString();
    return (this.named(request) ?? peer).toString();
  }

  /** True if the socket's peer is a trusted proxy. */
  trusts(socket: Socket): boolean {
    if (isUnix(socket)) return this.trustsUnix;
    if (this.trusted.length === 0) return false;
    const peer = parseAddress(withoutZone(socket.remoteAddress ?? ''));
    return peer !== undefined && this.isTrusted(peer);
  }

  private named(request: IncomingMessage): Address | undefined {
    // A client may send X-Real-IP itself, past a proxy that only writes X-Forwarded-For.
    const header = request.headers['x-forwarded-for'];
    return header === undefined ? this.realIp(request) : this.forwarded(header);
  }

  private forwarded(header: string | string[]): Address | undefined {
    const entries = (Array.isArray(header) ? header.join(',') : header).split(',');
    let nearest: Address | undefined;
    for (const entry of entries.toReversed()) {
      const address = parseEntry(entry);
      if (address === undefined) return nearest;
      nearest = address;
      if (!this.isTrusted(address)) return address;
    }
    return nearest;
  }

  private realIp(request: IncomingMessage): Address | undefined {
    const header = request.headers['x-real-ip'];
    return typeof header === 'string' ? parseEntry(header) : undefined;
  }

  private isTrusted(address: Address): boolean {
    return this.trusted.some(([range, bits]) => range.kind() === address.kind() && address.match(range, bits));
  }
}
