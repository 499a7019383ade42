import 'reflect-metadata';
import { Counter, Gauge, Histogram } from 'prom-client';
import { type AuthHandler, Authenticator, Permissions, SessionDeadlines } from '../../src/auth/index.js';
import { ChannelOptionsResolver, SubscriberIndex } from '../../src/channel/index.js';
import { type SkreaverWsOptions, resolveConfig } from '../../src/config/index.js';
import { Connection, ConnectionRegistry, type Identity } from '../../src/connection/index.js';
import { Publisher } from '../../src/delivery/index.js';
import { AuthenticationDesk } from '../../src/gateway/index.js';
import { PacedLog, WsMetrics } from '../../src/metrics/index.js';
import { ConnectionLocks, PendingAsks, SubscriptionService } from '../../src/subscription/index.js';
import { Throttler } from '../../src/throttling/index.js';
import { DeadlineWheel, Flusher, type Handshake } from '../../src/transport/index.js';
import { FakeSocket } from './fake-socket.js';

class LoudLog extends PacedLog {
  readonly lines: { level: string; kind: string; fields: Readonly<Record<string, unknown>> }[] = [];

  override write(level: 'log' | 'warn' | 'error', _subject: object, kind: string, fields: object): void {
    this.lines.push({ level, kind, fields: { ...fields } });
  }

  override event(kind: string, fields: object, level: 'log' | 'warn' | 'error' = 'log'): void {
    this.lines.push({ level, kind, fields: { ...fields } });
  }

  text(): string {
    return JSON.stringify(this.lines);
  }
}

export interface Client {
  readonly connection: Connection;
  readonly socket: FakeSocket;
}

/** The real services around fake sockets, wired by hand. */
export function serviceRig(options: SkreaverWsOptions = {}, handler?: AuthHandler) {
  const config = resolveConfig(options);
  const meters = freshMeters();
  const { metrics } = meters;
  const log = new LoudLog();
  const wheel = new DeadlineWheel();
  const registry = new ConnectionRegistry(config, metrics);
  const index = new SubscriberIndex(config, metrics, registry);
  const deadlines = new SessionDeadlines(config, wheel, registry);
  const authenticator = new Authenticator(handler, config, wheel, log);
  const permissions = new Permissions(handler, config, wheel, log);
  const flusher = new Flusher(metrics, { frames: config.broadcastBufferSize, bytes: config.maxBufferedBytes });
  const publisher = new Publisher(config, index, metrics, flusher);
  const asks = new PendingAsks(wheel, registry);
  const locks = new ConnectionLocks();
  const throttler = new Throttler(config);
  const subscriptions = new SubscriptionService(config, registry, index, permissions, publisher, asks, locks, metrics);
  const desk = new AuthenticationDesk(config, authenticator, registry, deadlines, throttler, log);
  const channelOptions = new ChannelOptionsResolver(config);

  let opened = 0;
  /** A connection that is in the registry; `user` undefined means it has not authenticated. */
  const connect = (user?: string | Identity, address = '192.0.2.1'): Client => {
    opened += 1;
    const socket = new FakeSocket();
    const identity = typeof user === 'string' ? { userId: user } : user;
    const handshake = handshakeOf(`c${opened}`, address);
    const connection = new Connection(
      `c${opened}`,
      address,
      socket,
      identity === undefined ? { phase: 'unauthenticated', handshake } : { phase: 'authenticated', identity },
    );
    socket.onEnd = (code) => registry.remove(connection, code);
    registry.add(connection);
    return { connection, socket };
  };

  return {
    config,
    ...meters,
    log,
    wheel,
    registry,
    index,
    deadlines,
    authenticator,
    permissions,
    publisher,
    asks,
    throttler,
    subscriptions,
    desk,
    channelOptions,
    connect,
  };
}

export function handshakeOf(connectionId = 'c0', clientAddress = '192.0.2.1'): Handshake {
  return { connectionId, clientAddress, origin: undefined, query: {}, headers: {} };
}

/** The real metrics on meters of their own, and how to read them. */
function freshMeters() {
  const counter = <T extends string>(labelNames: T[] = []): Counter<T> =>
    new Counter<T>({ name: 'test_total', help: 'test', labelNames, registers: [] });
  const gauge = (): Gauge => new Gauge({ name: 'test', help: 'test', registers: [] });
  const histogram = <T extends string>(labelNames: T[] = []): Histogram<T> =>
    new Histogram<T>({ name: 'test', help: 'test', labelNames, registers: [] });
  const active = gauge();
  const subscriptionsActive = gauge();
  const channelsActive = gauge();
  const errors = counter(['type']);
  const subscriptionsFailed = counter(['reason']);
  const failed = counter(['reason']);
  const metrics = new WsMetrics(
    counter(),
    active,
    failed,
    counter(),
    counter(),
    counter(),
    errors,
    subscriptionsFailed,
    subscriptionsActive,
    channelsActive,
    counter(['policy']),
    histogram(['type']),
    histogram(),
  );
  const read = async (meter: Counter | Gauge): Promise<number> =>
    (await meter.get()).values.reduce((sum, { value }) => sum + value, 0);
  return {
    metrics,
    /** Gauges and counters as they stand, labels summed. */
    readMeters: async () => ({
      connections: await read(active),
      subscriptions: await read(subscriptionsActive),
      channels: await read(channelsActive),
      errors: await read(errors),
      subscriptionsFailed: await read(subscriptionsFailed),
      connectionsFailed: await read(failed),
    }),
  };
}
