import { Channels, type ChannelOptions } from './channel-options.js';
import { hostRule, originRule, proxyRule } from './rules/network-rules.js';
import { Compared, Count, Duration, Size, WholeNumber } from './rules/number-rules.js';
import { Flag, ListOf, OneOf, UrlPath } from './rules/text-rules.js';
import { NoCookiesOfAnyOrigin, TokenSources } from './rules/token-source-rules.js';

/**
 * Injection token of the configuration, a {@link ResolvedConfig}. A test may override it with plain values, which are
 * then resolved like those of `forRoot`; the class {@link SkreaverWsConfig} as token gives the result.
 */
export const SKREAVER_WS_CONFIG: unique symbol = Symbol('SKREAVER_WS_CONFIG');

const MIB = 1_048_576;

/** The connection that goes when a user has too many. */
export type ConnectionsPerUserPolicy = 'refuse_newest' | 'close_oldest';

/** The kind of ping that checks whether a client is alive: `ping` messages, or ping frames (RFC 6455 §5.5.2). */
export type Heartbeat = 'message' | 'frame';

/**
 * A source of tokens: `?token=` in the URL, the `Authorization` header, a subprotocol `bearer.<base64url>`, a cookie, or
 * an `auth` message.
 */
export type TokenSource = 'url' | 'header' | 'protocol' | 'message' | `cookie:${string}`;

/**
 * The configuration of the module, with its defaults. Durations are whole milliseconds, sizes whole bytes, rates whole
 * numbers. A wrong value stops the start with a `ConfigError`. As an injection token it gives the {@link ResolvedConfig}.
 */
export class SkreaverWsConfig {
  /** The URL path of WebSocket upgrades, compared exactly. Default: `/ws`. PROTOCOL §1. */
  @UrlPath()
  path: string = '/ws';

  /** The limit of open connections. Further upgrades are rejected with HTTP 503. Default: 1000. PROTOCOL §1. */
  @Count()
  maxConnections: number = 1000;

  /**
   * The limit of open connections from one address (IPv6: one /64). Further upgrades are rejected with HTTP 429.
   * Default: 10. PROTOCOL §1.
   */
  @Count()
  maxConnectionsPerIp: number = 10;

  /**
   * The limit of open connections from one address (IPv6: one /64) on all nodes of a server over Redis; 0 is none.
   * Further upgrades are rejected with HTTP 429. While Redis is away each node counts for itself. Default: 0. PROTOCOL §1.
   */
  @WholeNumber(0)
  maxConnectionsPerIpInCluster: number = 0;

  /**
   * The limit of open connections of one user, on each node for itself; 0 is none. Connections without an `AuthHandler`
   * are users of their own, and not limited by it. Default: 0. PROTOCOL §4.
   */
  @WholeNumber(0)
  maxConnectionsPerUser: number = 0;

  /**
   * What happens when a user connects beyond `maxConnectionsPerUser`: `refuse_newest` refuses the connection that comes,
   * whose client tries again; `close_oldest` closes the one that was opened first, whose client stays away. Default:
   * `refuse_newest`. PROTOCOL §4.
   */
  @OneOf(['refuse_newest', 'close_oldest'])
  connectionsPerUserPolicy: ConnectionsPerUserPolicy = 'refuse_newest';

  /**
   * The limit of open TCP connections from one address (IPv6: one /64) in addition to `maxConnectionsPerIp`. They serve
   * plain HTTP, silent peers and other WebSocket servers. A further one is closed as soon as it is accepted. Trusted
   * proxies and Unix sockets are not counted. Default: 100. PROTOCOL §1.
   */
  @Count()
  maxHttpSocketsPerIp: number = 100;

  /**
   * Milliseconds without any received data after which a connection is closed with 4000. More than `pingInterval`, so
   * that an idle subscriber that answers pings stays connected. Default: 60,000. PROTOCOL §7.
   */
  @Duration()
  @Compared('more than', 'pingInterval', 'so that a client that answers pings is not taken for idle')
  connectionTimeout: number = 60_000;

  /** Milliseconds between two pings of the server. Default: 30,000. PROTOCOL §7. */
  @Duration()
  pingInterval: number = 30_000;

  /**
   * Milliseconds within which a pong must arrive; otherwise the connection is closed with 4001. Less than
   * `pingInterval`, so that a pong is due before the next ping. Default: 10,000. PROTOCOL §7.
   */
  @Duration()
  @Compared('less than', 'pingInterval', 'so that a pong is due before the next ping')
  pongTimeout: number = 10_000;

  /**
   * The maximum size of a client message in bytes, also after decompression. A longer message is answered with
   * `MESSAGE_TOO_LARGE`. One over twice the limit closes the connection with 1009. At most 64 MiB. Default: 65,536.
   * PROTOCOL §2.
   */
  @Size(64 * MIB)
  maxMessageSize: number = 65_536;

  /** Offers permessage-deflate (RFC 7692) to clients. Default: true. */
  @Flag()
  enableCompression: boolean = true;

  /**
   * The number of messages of one connection that may wait to be handled. Beyond it the server stops reading from that
   * socket until it has caught up (backpressure). Default: 100. PROTOCOL §8.
   */
  @Count()
  bufferSize: number = 100;

  /**
   * The number of events that may wait in one connection's outbox. Beyond it the client is a slow consumer. Default:
   * 1000. PROTOCOL §8.
   */
  @Count()
  broadcastBufferSize: number = 1000;

  /**
   * The number of bytes that may wait in one connection's outbox. Beyond it the client is a slow consumer. At least
   * `maxMessageSize`, so that a message of maximum size fits; at most 1 GiB. Default: 1,048,576. PROTOCOL §8.
   */
  @Size(1024 * MIB)
  @Compared('at least', 'maxMessageSize', 'so that a message of maximum size fits')
  maxBufferedBytes: number = MIB;

  /**
   * The limit of channels for one connection. A further subscribe fails with `SUBSCRIPTION_LIMIT_EXCEEDED`. Default:
   * 50. PROTOCOL §9.
   */
  @Count()
  maxSubscriptionsPerConnection: number = 50;

  /**
   * The limit of subscribers of one channel. A further subscribe fails with `CHANNEL_SUBSCRIBER_LIMIT_EXCEEDED`.
   * Default: 10,000. PROTOCOL §9.
   */
  @Count()
  maxSubscribersPerChannel: number = 10_000;

  /**
   * Milliseconds after the upgrade within which a client must authenticate; otherwise its connection is closed with
   * 4501. Default: 10,000. PROTOCOL §4.
   */
  @Duration()
  authTimeout: number = 10_000;

  /**
   * Milliseconds after `expires_at` within which a client may renew its token; otherwise its connection is closed with
   * 4004. Default: 25,000. PROTOCOL §4.
   */
  @Duration(0)
  expiryGrace: number = 25_000;

  /**
   * Origins of other hosts whose pages may connect: scheme, host and port (RFC 6454), such as
   * `https://app.example.com`, or `*` for all. The server's own host is always allowed. Default: none. PROTOCOL §1.
   */
  @ListOf('origins', originRule)
  allowedOrigins: readonly string[] = [];

  /**
   * Values of `Host` with which an upgrade may name this server: names and addresses without a port, or `loopback` for
   * all names of this machine. An upgrade with another host is rejected with HTTP 403. Protects a server without
   * authentication against DNS rebinding. Default: all. PROTOCOL §1.
   */
  @ListOf('hosts', hostRule)
  allowedHosts: readonly string[] = [];

  /**
   * Peers whose `X-Forwarded-For` and `X-Real-IP` are trusted: addresses, CIDRs, `loopback`, `linklocal`,
   * `uniquelocal`, or `unix` for the peers of a Unix socket. Default: none. PROTOCOL §1.
   */
  @ListOf('addresses and CIDRs', proxyRule)
  trustedProxies: readonly string[] = [];

  /**
   * Milliseconds over which clients spread their first attempt to connect again after an unplanned loss; they are told in
   * `auth_response`. At least the most clients of a server divided by the connections that it opens in a millisecond. 0
   * spreads nothing. Default: 2000. PROTOCOL §9.
   */
  @Duration(0)
  reconnectWindow: number = 2000;

  /** The kind of ping: messages or frames. A client may ask for frames. Default: `message`. PROTOCOL §7. */
  @OneOf(['message', 'frame'])
  heartbeat: Heartbeat = 'message';

  /**
   * The sources from which tokens are accepted, at least one. A cookie is believed only if the `Origin` is this host or
   * is listed in `allowedOrigins`. Default: all but cookies. PROTOCOL §4.
   */
  @TokenSources()
  @NoCookiesOfAnyOrigin('allowedOrigins')
  tokenSources: readonly TokenSource[] = ['url', 'header', 'protocol', 'message'];

  /**
   * Messages per second of one connection. Further ones are answered with `RATE_LIMIT_EXCEEDED`. Default: 50. PROTOCOL
   * §9.
   */
  @Count()
  messageRate: number = 50;

  /** Messages that one connection may send at once above `messageRate`. Default: 100. PROTOCOL §9. */
  @Count()
  messageBurst: number = 100;

  /**
   * Bytes per second of histories and member lists that one connection receives as answers. Further answers wait. At
   * most 1 GiB. Default: 4,194,304 (4 MiB). PROTOCOL §5.
   */
  @Size(1024 * MIB)
  readRate: number = 4 * MIB;

  /**
   * New connections per second from one address (IPv6: one /64). Further upgrades are rejected with HTTP 429. Default:
   * 20. PROTOCOL §1.
   */
  @Count()
  connectRatePerIp: number = 20;

  /** New connections from one address at once above `connectRatePerIp`. Default: 50. PROTOCOL §1. */
  @Count()
  connectBurstPerIp: number = 50;

  /**
   * The number of tokens that may be verified at the same time. Further ones are rejected. Default: 100. PROTOCOL §4.
   */
  @Count()
  maxPendingAuthentications: number = 100;

  /** Failed authentications per minute from one address; after them the address must wait. Default: 20. PROTOCOL §4. */
  @Count()
  authFailuresPerIp: number = 20;

  /**
   * The number of bytes of publications that may wait until earlier ones of their channels are delivered. A publication
   * counts as its JSON and 512 bytes. Beyond the limit further ones are refused with `RATE_LIMIT_EXCEEDED`, except
   * those of the current event-loop turn. At most 1 TiB. Default: 67,108,864 (64 MiB). PROTOCOL §8.
   */
  @Size(1024 * 1024 * MIB)
  maxWaitingPublishBytes: number = 64 * MIB;

  /**
   * The number of bytes for the events and positions of channels with `history`, and for acknowledged positions. Beyond
   * it the channels published to least recently lose their oldest events. Acknowledged positions may take a quarter of
   * it, and so may positions of channels without events and subscribers. Beyond a quarter the least recently used
   * position is forgotten, and recovery answers `recovered:false`. At most 1 TiB. Default: 67,108,864 (64 MiB).
   * PROTOCOL §6.
   */
  @Size(1024 * 1024 * MIB)
  historyMaxBytes: number = 64 * MIB;

  /**
   * The number of idempotency keys to remember for the application, and again for all clients together. A key is
   * remembered for five minutes, so 300,000 keys hold 1,000 publications with a key per second. Beyond the limit the
   * publisher with most keys loses its oldest one. Default: 300,000. PROTOCOL §6.
   */
  @Count()
  idempotencyMaxKeys: number = 300_000;

  /**
   * Milliseconds for which a member may be away from a channel with `presence` before it counts as gone, which is found
   * up to 250 ms later; 0 for at once. Default: 5000. PROTOCOL §5.
   */
  @Duration(0)
  presenceLeaveDelay: number = 5000;

  /**
   * Clients may read the figures of the server by the request `get_stats`: how many connections, users and channels it
   * has. Otherwise the request is answered with `METHOD_NOT_FOUND`. Default: false. PROTOCOL §5.
   */
  @Flag()
  clientStats: boolean = false;

  /**
   * Keeps each request in an `AsyncLocalStorage`, where `currentRequest()` finds it at any depth below its `@WsRequest`
   * method. Default: false.
   */
  @Flag()
  requestContext: boolean = false;

  /**
   * Whether a server that does not reach the engine of its backplane counts as not ready. Off, as all servers would be
   * out of service at once, and their subscribed clients with them. Default: false.
   */
  @Flag()
  readyNeedsBackplane: boolean = false;

  /**
   * Milliseconds that a shutdown may take to drain connections (close 1012) before it terminates them. Default: 10,000.
   * PROTOCOL §9.
   */
  @Duration(0)
  shutdownTimeout: number = 10_000;

  /**
   * Options by channel pattern: an exact name, or one with `*`. A `*` at the end stands for any rest; any other is a
   * whole segment between `:` and stands for one or more characters but `:`, as in `tenant:*:agents`. The exact name
   * wins, then the pattern with most other characters. Default: none.
   */
  @Channels()
  channels: Readonly<Record<string, ChannelOptions>> = {};
}

/** The names of all fields, in the order of their declaration. */
export const configFields = Object.keys(new SkreaverWsConfig()) as readonly (keyof SkreaverWsConfig)[];

/** The resolved configuration, deeply frozen. */
export type ResolvedConfig = Readonly<SkreaverWsConfig>;

/** The fields that an application sets. The others take their defaults. */
export type SkreaverWsOptions = Partial<SkreaverWsConfig>;
