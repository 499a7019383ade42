import 'reflect-metadata';
import { Counter, Gauge, Histogram } from 'prom-client';
import { TestRunner, onTestFinished } from 'vitest';
import { type AuthHandler, Authenticator, Permissions, SessionDeadlines } from '../../src/auth/index.js';
import { type Backplane, MemoryBackplane } from '../../src/backplane/index.js';
import { ChannelOptionsResolver, SubscriberIndex, SubscriptionLocks } from '../../src/channel/index.js';
import { type ResolvedConfig, type SkreaverWsOptions, resolveConfig } from '../../src/config/index.js';
import { Connection, ConnectionRegistry, type Identity } from '../../src/connection/index.js';
import {
  Acknowledgements,
  ClusterNode,
  DirectEvents,
  FanOut,
  HistoryReader,
  OpenChannels,
  PublishGate,
  PublicationQueue,
  Publisher,
  RecoveryService,
} from '../../src/delivery/index.js';
import { AuthMessageHandler } from '../../src/gateway/index.js';
import { ThrottledLog, WsMetrics } from '../../src/metrics/index.js';
import { JoinLeaveEvents, PresenceReader, PresenceTracker } from '../../src/presence/index.js';
import { ErrorMapper } from '../../src/request/index.js';
import {
  PendingAsks,
  PermissionReview,
  SubscribeHandler,
  SubscriptionRevoker,
  SubscribeAdmission,
  SubscriptionService,
  UserCommands,
} from '../../src/subscription/index.js';
import { Throttler } from '../../src/throttling/index.js';
import { Flusher, type Handshake } from '../../src/transport/index.js';
import { FakeSocket } from './fake-socket.js';
import { TimerWheel } from '../../src/timers/index.js';

class LoudLog extends ThrottledLog {
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

/** A pace that never ends, so that the deadlines of a rig are those of what it tests. */
class NoWheel extends TimerWheel {
  override arm(): void {}
}

const noWheel = new NoWheel();

export interface Client {
  readonly connection: Connection;
  readonly socket: FakeSocket;
}

/** Race tests make thousands of rigs of the same options. */
const configs = new WeakMap<SkreaverWsOptions, ResolvedConfig>();

/** The real services around fake sockets, wired by hand. */
export function serviceRig(
  options: SkreaverWsOptions = {},
  handler?: AuthHandler,
  others?: { backplane?: Backplane; wheel?: TimerWheel },
) {
  const config = configs.get(options) ?? resolveConfig(options);
  configs.set(options, config);
  const meters = freshMeters();
  const { metrics } = meters;
  const log = new LoudLog();
  const wheel = others?.wheel ?? new TimerWheel();
  const registry = new ConnectionRegistry(config, metrics);
  const index = new SubscriberIndex(config, metrics, registry);
  const deadlines = new SessionDeadlines(config, wheel, registry);
  const authenticator = new Authenticator({ handler }, config, wheel, log);
  const permissions = new Permissions({ handler }, config, wheel, log);
  const flusher = new Flusher(metrics, { frames: config.broadcastBufferSize, bytes: config.maxBufferedBytes });
  const asks = new PendingAsks(config, wheel, registry);
  const throttler = new Throttler(config);
  const channelOptions = new ChannelOptionsResolver(config);
  const backplane = others?.backplane ?? new MemoryBackplane(config.historyMaxBytes);
  // Outside of a test nobody says when a rig is done with.
  if (TestRunner.getCurrentTest() !== undefined) onTestFinished(() => backplane.detach());
  const locks = new SubscriptionLocks();
  const openChannels = new OpenChannels(backplane, index, locks, channelOptions, log);
  const fanOut = new FanOut(index, openChannels, flusher, metrics, log);
  const node = new ClusterNode(backplane, fanOut);
  const gate = new PublishGate();
  const direct = new DirectEvents(config, backplane, gate, registry, node);
  const line = new PublicationQueue(config, backplane, index, flusher);
  const publisher = new Publisher(config, line, channelOptions, gate, metrics, log);
  const history = new HistoryReader(config, backplane, channelOptions);
  const acknowledgements = new Acknowledgements(config, backplane, index, openChannels, log);
  const recoveries = new RecoveryService(config, backplane, index, openChannels, acknowledgements, wheel, metrics, log);
  const places = new SubscribeAdmission(config, index, permissions, channelOptions);
  const subscribing = new SubscribeHandler(
    places,
    index,
    channelOptions,
    openChannels,
    recoveries,
    locks,
    metrics,
    log,
  );
  const events = new JoinLeaveEvents(backplane, channelOptions);
  const presence = new PresenceTracker(config, channelOptions, log, backplane, events, wheel, index);
  const members = new PresenceReader(config, backplane, channelOptions);
  const endings = new SubscriptionRevoker(subscribing, index, log);
  const review = new PermissionReview(permissions, index, locks, endings, log);
  const users = new UserCommands(backplane, registry, endings, node);
  const subscriptions = new SubscriptionService(
    registry,
    index,
    subscribing,
    publisher,
    direct,
    gate,
    history,
    acknowledgements,
    asks,
    members,
    users,
  );
  const desk = new AuthMessageHandler(config, authenticator, registry, deadlines, throttler, metrics, log);

  const errors = new ErrorMapper(log, metrics, noWheel);

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
    errors,
    wheel,
    registry,
    index,
    deadlines,
    authenticator,
    permissions,
    asks,
    throttler,
    backplane,
    locks,
    openChannels,
    node,
    gate,
    flusher,
    publisher,
    direct,
    history,
    acknowledgements,
    recoveries,
    subscribing,
    presence,
    members,
    review,
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
  const recoveries = counter(['outcome']);
  const publicationsRefused = counter();
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
    recoveries,
    counter(['owner']),
    publicationsRefused,
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
      publicationsRefused: await read(publicationsRefused),
      errors: await read(errors),
      subscriptionsFailed: await read(subscriptionsFailed),
      connectionsFailed: await read(failed),
    }),
    /** RecoveryService by outcome. */
    readRecoveries: async () =>
      Object.fromEntries((await recoveries.get()).values.map(({ labels, value }) => [labels.outcome, value])),
  };
}
