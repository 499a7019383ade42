import { Channels, type ChannelOptions } from './channel-options.js';
import { hostRule, originRule, proxyRule } from './rules/network-rules.js';
import { Compared, Count, Duration, Size } from './rules/number-rules.js';
import { Flag, ListOf, ListOfAny, OneOf, UrlPath } from './rules/text-rules.js';

/** Injection token of the {@link ResolvedConfig}. */
export const SKREAVER_WS_CONFIG: unique symbol = Symbol('SKREAVER_WS_CONFIG');

const MIB = 1_048_576;

/** How the server asks whether a client is alive: with `ping` messages, or with ping frames of RFC 6455. */
export type Heartbeat = 'message' | 'frame';

/** Where a token may come from: `?token=`, the `Authorization` header, or an `auth` message. */
export type TokenSource = 'url' | 'header' | 'message';

/**
 * Everything that can be set, with its default. Durations are whole milliseconds, sizes whole bytes; rates are whole
 * numbers. A wrong value stops the start with a `ConfigError`. Sections are those of the protocol.
 */
export class SkreaverWsConfig {
  /** The URL path that takes WebSocket upgrades, compared exactly. Default: `/ws`. Section 1. */
  @UrlPath()
  path: string = '/ws';

  /** Connections at the same time; one more is refused with HTTP 503. Default: 1000. Section 1. */
  @Count()
  maxConnections: number = 1000;

  /** Connections at the same time from one address (IPv6: one /64); one more gets HTTP 429. Default: 10. Section 1. */
  @Count()
  maxConnectionsPerIp: number = 10;

  /**
   * TCP connections at the same time from one address (IPv6: one /64) beyond `maxConnectionsPerIp`: for plain HTTP, for what
   * sends nothing, and for WebSockets of others. One more is cut when it is accepted. Trusted proxies and Unix sockets are not
   * counted. Default: 100. Section 1.
   */
  @Count()
  maxHttpSocketsPerIp: number = 100;

  /**
   * Milliseconds without anything received after which a connection is closed with 4000. More than `pingInterval`, so
   * that an idle subscriber that answers pings lives on. Default: 60,000. Section 7.
   */
  @Duration()
  @Compared('more than', 'pingInterval', 'so that a client that answers pings is not taken for idle')
  connectionTimeout: number = 60_000;

  /** Milliseconds from one ping of the server to the next. Default: 30,000. Section 7. */
  @Duration()
  pingInterval: number = 30_000;

  /**
   * Milliseconds in which a pong must come, else the connection is closed with 4001. Less than `pingInterval`: a pong is
   * due before the next ping. Default: 10,000. Section 7.
   */
  @Duration()
  @Compared('less than', 'pingInterval', 'so that a pong is due before the next ping')
  pongTimeout: number = 10_000;

  /**
   * Bytes of one client message, also after decompression. A longer one gets `MESSAGE_TOO_LARGE`, one over twice that
   * the close code 1009. At most 64 MiB. Default: 65,536. Section 2.
   */
  @Size(64 * MIB)
  maxMessageSize: number = 65_536;

  /** Whether permessage-deflate (RFC 7692) is offered to clients. Default: true. */
  @Flag()
  enableCompression: boolean = true;

  /**
   * Messages of one connection that may wait to be handled; beyond it the server stops reading that socket until it has
   * caught up. Default: 100. Section 8.
   */
  @Count()
  bufferSize: number = 100;

  /** Events that may wait for one connection's socket; over it the client is a slow consumer. Default: 1000. Section 8. */
  @Count()
  broadcastBufferSize: number = 1000;

  /**
   * Bytes that may wait for one connection's socket; over it the client is a slow consumer. At least `maxMessageSize`, so
   * that one message of the greatest size is not too much, at most 1 GiB. Default: 1,048,576. Section 8.
   */
  @Size(1024 * MIB)
  @Compared('at least', 'maxMessageSize', 'so that one message of the greatest size can be sent on')
  maxBufferedBytes: number = MIB;

  /** Channels of one connection; one more fails with `SUBSCRIPTION_LIMIT_EXCEEDED`. Default: 50. Section 9. */
  @Count()
  maxSubscriptionsPerConnection: number = 50;

  /** Subscribers of one channel; one more fails with `CHANNEL_SUBSCRIBER_LIMIT_EXCEEDED`. Default: 10,000. Section 9. */
  @Count()
  maxSubscribersPerChannel: number = 10_000;

  /** Milliseconds after the upgrade in which a client must have authenticated, else close 4501. Default: 10,000. Section 4. */
  @Duration()
  authTimeout: number = 10_000;

  /** Milliseconds after `expires_at` in which a client may renew its token, else close 4004. Default: 25,000. Section 4. */
  @Duration(0)
  expiryGrace: number = 25_000;

  /**
   * Origins of other hosts whose pages may connect: scheme, host and port (RFC 6454) such as `https://app.example.com`,
   * or `*` for all. The server's own host is always allowed. Default: none. Section 1.
   */
  @ListOf('origins', originRule)
  allowedOrigins: readonly string[] = [];

  /**
   * Hosts by which an upgrade may name this server, in `Host`: names and addresses without a port, or `loopback` for all that
   * lead to this machine; any other gets HTTP 403. For a server that is open to whoever reaches it, against DNS rebinding.
   * Default: all. Section 1.
   */
  @ListOf('hosts', hostRule)
  allowedHosts: readonly string[] = [];

  /**
   * Peers whose `X-Forwarded-For` and `X-Real-IP` are believed: addresses, CIDRs, `loopback`, `linklocal`, `uniquelocal`, or
   * `unix` for whoever connects to a Unix socket. Default: none. Section 1.
   */
  @ListOf('addresses and CIDRs', proxyRule)
  trustedProxies: readonly string[] = [];

  /** Ping with messages or with frames; a client may ask for frames. Default: `message`. Section 7. */
  @OneOf(['message', 'frame'])
  heartbeat: Heartbeat = 'message';

  /** Where tokens are taken from, at least one. Default: all three. Section 4. */
  @ListOfAny(['url', 'header', 'message'])
  tokenSources: readonly TokenSource[] = ['url', 'header', 'message'];

  /** Messages per second of one connection; more get `RATE_LIMIT_EXCEEDED`. Default: 50. Section 9. */
  @Count()
  messageRate: number = 50;

  /** Messages that one connection may send at once above `messageRate`. Default: 100. Section 9. */
  @Count()
  messageBurst: number = 100;

  /**
   * Bytes per second of histories and lists of members that one connection gets as answers; more of them wait. At most 1 GiB.
   * Default: 4,194,304 (4 MiB). Section 5.
   */
  @Size(1024 * MIB)
  readRate: number = 4 * MIB;

  /** New connections per second from one address (IPv6: one /64); more get HTTP 429. Default: 20. Section 1. */
  @Count()
  connectRatePerIp: number = 20;

  /** New connections from one address at once above `connectRatePerIp`. Default: 50. Section 1. */
  @Count()
  connectBurstPerIp: number = 50;

  /** Tokens that may be checked at the same time before new ones are turned away. Default: 100. Section 4. */
  @Count()
  maxPendingAuthentications: number = 100;

  /** Failed authentications per minute from one address before it must wait. Default: 20. Section 4. */
  @Count()
  authFailuresPerIp: number = 20;

  /**
   * Bytes that publications may take which wait until the subscribers of their channel have been given what came before
   * (estimated: the JSON and 512 bytes each). Over it further ones are refused with `RATE_LIMIT_EXCEEDED`; those of one
   * turn of the event loop never are. At most 1 TiB. Default: 67,108,864 (64 MiB). Section 8.
   */
  @Size(1024 * 1024 * MIB)
  maxWaitingPublishBytes: number = 64 * MIB;

  /**
   * Bytes that this process may use to remember: the events and positions of channels with `history`, and acknowledged
   * positions, which may take a quarter of it. Over it the channels published to least recently lose their oldest events. Positions of
   * channels without events and subscribers may take a quarter of it; over that the least recently used is forgotten, and
   * recovery says `recovered:false`. At most 1 TiB. Default: 67,108,864 (64 MiB). Section 6.
   */
  @Size(1024 * 1024 * MIB)
  historyMaxBytes: number = 64 * MIB;

  /**
   * Idempotency keys of the application that are remembered, and as many of all clients together. A key counts for five
   * minutes: with 300,000 that holds for 1,000 publications with a key per second. Over it the publisher that has most loses
   * its oldest key. Default: 300,000. Section 6.
   */
  @Count()
  idempotencyMaxKeys: number = 300_000;

  /**
   * Milliseconds that a member may be away from a channel with `presence` before that counts as leaving it; 0: at once.
   * Default: 5000. Section 5.
   */
  @Duration(0)
  presenceLeaveDelay: number = 5000;

  /** Milliseconds that a shutdown may take to drain connections (close 1012) before it cuts them. Default: 10,000. Section 9. */
  @Duration(0)
  shutdownTimeout: number = 10_000;

  /**
   * Options by channel pattern: an exact name, or `prefix*` with one `*` at the end. The exact name wins, then the
   * longest prefix. Default: none.
   */
  @Channels()
  channels: Readonly<Record<string, ChannelOptions>> = {};
}

/** The names of all fields, in the order of their declaration. */
export const configFields = Object.keys(new SkreaverWsConfig()) as readonly (keyof SkreaverWsConfig)[];

/** The configuration as it holds once resolved: frozen. */
export type ResolvedConfig = Readonly<SkreaverWsConfig>;

/** What an application sets; the rest takes its default. */
export type SkreaverWsOptions = Partial<SkreaverWsConfig>;
