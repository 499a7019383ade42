import 'reflect-metadata';
import type { ChannelRequest, SubscribeResponseMessage } from '@skreaver/protocol';
import { Counter, Gauge, Histogram } from 'prom-client';
import { TestRunner, onTestFinished } from 'vitest';
import { type AuthHandler, Authenticator, Permissions, SessionDeadlines, authProviders } from '../../src/auth/index.js';
import { BoundAuthHandler } from '../../src/auth/bound-auth-handler.js';
import { Backplane, MemoryBackplane } from '../../src/backplane/index.js';
import {
  ChannelOptionsResolver,
  SubscriberIndex,
  SubscriptionLocks,
  channelProviders,
} from '../../src/channel/index.js';
import {
  type ResolvedConfig,
  SkreaverWsConfig,
  type SkreaverWsOptions,
  resolveConfig,
} from '../../src/config/index.js';
import {
  ClientConnection,
  ConnectionRegistry,
  ConnectionTable,
  type Identity,
  connectionProviders,
} from '../../src/connection/index.js';
import {
  Acknowledgements,
  ClusterNode,
  DirectEvents,
  HistoryReader,
  OpenChannels,
  PublishGate,
  Publisher,
  RecoveryService,
  deliveryProviders,
} from '../../src/delivery/index.js';
import { CatchUps } from '../../src/delivery/node/catch-ups.js';
import { AuthMessageHandler } from '../../src/gateway/auth-message-handler.js';
import { clusterProviders } from '../../src/cluster/index.js';
import { gatewayProviders } from '../../src/gateway/index.js';
import { Wiring } from '../../src/gateway/wiring.js';
import { ConnectionHooks, hookProviders } from '../../src/hooks/index.js';
import { HookMethods } from '../../src/hooks/hook-methods.js';
import { BackplaneMetrics, ThrottledLog, WsMetrics } from '../../src/metrics/index.js';
import { NodeId } from '../../src/node/index.js';
import { PresenceReader, PresenceTracker, presenceProviders } from '../../src/presence/index.js';
import { ErrorMapper, requestProviders } from '../../src/request/index.js';
import { RunningRequests } from '../../src/request/run/running-requests.js';
import {
  Asker,
  DefaultSubscriptions,
  PendingAsks,
  SubscriptionService,
  subscriptionProviders,
} from '../../src/subscription/index.js';
import { PermissionReview } from '../../src/subscription/permission-review.js';
import { SubscribeHandler } from '../../src/subscription/subscribe-handler.js';
import { Throttler, throttlingProviders } from '../../src/throttling/index.js';
import { TimerWheel } from '../../src/timers/index.js';
import { Flusher, type Handshake, transportProviders } from '../../src/transport/index.js';
import { FakeSocket } from './fake-socket.js';
import { ProviderResolver } from './resolve-providers.js';

const providers = [
  ...connectionProviders,
  ...transportProviders,
  ...authProviders,
  ...throttlingProviders,
  ...channelProviders,
  ...hookProviders,
  ...deliveryProviders,
  ...clusterProviders,
  ...presenceProviders,
  ...subscriptionProviders,
  ...requestProviders,
  ...gatewayProviders,
];

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
  readonly connection: ClientConnection;
  readonly socket: FakeSocket;
}

/** Race tests make thousands of rigs of the same options. */
const configs = new WeakMap<SkreaverWsOptions, ResolvedConfig>();

/** The real services around fake sockets, built from the provider lists of the module. */
export function serviceRig(
  options: SkreaverWsOptions = {},
  handler?: AuthHandler,
  others?: { backplane?: Backplane; wheel?: TimerWheel; hooks?: Pick<HookMethods, 'of'>; node?: NodeId },
) {
  const config = configs.get(options) ?? resolveConfig(options);
  configs.set(options, config);
  const meters = freshMeters();
  const node = others?.node ?? new NodeId();
  const log = new LoudLog(node);
  const wheel = others?.wheel ?? new TimerWheel();
  const errors = new ErrorMapper(log, meters.metrics, noWheel);
  const backplane = others?.backplane ?? new MemoryBackplane(config.historyMaxBytes);
  // Outside of a test nobody says when a rig is done with.
  if (TestRunner.getCurrentTest() !== undefined) onTestFinished(() => backplane.detach());
  const resolver = new ProviderResolver(
    providers,
    new Map<unknown, unknown>([
      [SkreaverWsConfig, config],
      [NodeId, node],
      [BoundAuthHandler, { handler }],
      [WsMetrics, meters.metrics],
      [BackplaneMetrics, meters.backplaneMetrics],
      [ThrottledLog, log],
      [TimerWheel, wheel],
      [Backplane, backplane],
      [ErrorMapper, errors],
      [HookMethods, others?.hooks ?? { of: () => [] }],
    ]),
  );
  // The backplanes of rigs start in this turn.
  void resolver.get(Wiring).onModuleInit();
  const table = resolver.get(ConnectionTable);

  let opened = 0;
  /** Adds a connection to the table; `user` undefined means that it has not authenticated. */
  const connect = (user?: string | Identity, address = '192.0.2.1'): Client => {
    opened += 1;
    const socket = new FakeSocket();
    const identity = typeof user === 'string' ? { userId: user } : user;
    const handshake = handshakeOf(others?.node === undefined ? `c${opened}` : `${node.value}.c${opened}`, address);
    const connection = new ClientConnection(
      handshake,
      socket,
      identity === undefined ? { phase: 'unauthenticated', handshake } : { phase: 'authenticated', identity },
      resolver.get(SubscriberIndex),
    );
    socket.onEnd = (code) => table.remove(connection, code);
    table.add(connection);
    return { connection, socket };
  };

  let asked = 0;
  /** Subscribes as a client does; `told` sees the answer in the turn in which it is sent. */
  const subscribeAs = (
    { connection, socket }: Client,
    channels: readonly ChannelRequest[],
    told: (answer: SubscribeResponseMessage['data']) => void = () => {},
  ): Promise<void> => {
    asked += 1;
    const correlation_id = `subscribe-${asked}`;
    const { onSent } = socket;
    socket.onSent = (message) => {
      onSent(message);
      if (message.type === 'subscribe_response' && message.correlation_id === correlation_id) told(message.data);
    };
    return resolver.get(SubscribeHandler).handle(connection, { type: 'subscribe', data: { channels }, correlation_id });
  };

  return {
    config,
    ...meters,
    log,
    errors,
    wheel,
    table,
    registry: resolver.get(ConnectionRegistry),
    backplane,
    connect,
    subscribeAs,
    index: resolver.get(SubscriberIndex),
    deadlines: resolver.get(SessionDeadlines),
    authenticator: resolver.get(Authenticator),
    permissions: resolver.get(Permissions),
    asks: resolver.get(PendingAsks),
    asker: resolver.get(Asker),
    throttler: resolver.get(Throttler),
    locks: resolver.get(SubscriptionLocks),
    openChannels: resolver.get(OpenChannels),
    node: resolver.get(ClusterNode),
    gate: resolver.get(PublishGate),
    flusher: resolver.get(Flusher),
    publisher: resolver.get(Publisher),
    direct: resolver.get(DirectEvents),
    history: resolver.get(HistoryReader),
    acknowledgements: resolver.get(Acknowledgements),
    recoveries: resolver.get(RecoveryService),
    subscribing: resolver.get(SubscribeHandler),
    presence: resolver.get(PresenceTracker),
    members: resolver.get(PresenceReader),
    review: resolver.get(PermissionReview),
    defaults: resolver.get(DefaultSubscriptions),
    subscriptions: resolver.get(SubscriptionService),
    authMessages: resolver.get(AuthMessageHandler),
    channelOptions: resolver.get(ChannelOptionsResolver),
    requests: resolver.get(RunningRequests),
    hooks: resolver.get(ConnectionHooks),
    catchUps: resolver.get(CatchUps),
  };
}

export function handshakeOf(connectionId = 'c0', clientAddress = '192.0.2.1'): Handshake {
  return { connectionId, clientAddress, origin: undefined, query: {}, headers: {} };
}

/** The real metrics on meters of their own, and how to read them. */
function freshMeters() {
  const counter = <T extends string>(labelNames: T[] = []): Counter<T> =>
    new Counter<T>({ name: 'test_total', help: 'test', labelNames, registers: [] });
  const gauge = <T extends string>(labelNames: T[] = []): Gauge<T> =>
    new Gauge<T>({ name: 'test', help: 'test', labelNames, registers: [] });
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
  const [interrupted, interruptions, repaired] = [gauge(), counter(), counter()] as const;
  const [reconnects, roundTrips] = [counter(['engine']), histogram(['engine'])] as const;
  const [catchUps, positionsLost, unconfirmed] = [counter(), counter(['reason']), counter()] as const;
  const metrics = new WsMetrics(
    counter(),
    active,
    gauge(['encoding']),
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
  const backplaneMetrics = new BackplaneMetrics(
    interrupted,
    interruptions,
    reconnects,
    roundTrips,
    catchUps,
    repaired,
    positionsLost,
    unconfirmed,
  );
  const read = async (meter: Counter | Gauge): Promise<number> =>
    (await meter.get()).values.reduce((sum, { value }) => sum + value, 0);
  return {
    metrics,
    backplaneMetrics,
    /** Gauges and counters as they stand, labels summed. */
    readMeters: async () => ({
      connections: await read(active),
      subscriptions: await read(subscriptionsActive),
      channels: await read(channelsActive),
      publicationsRefused: await read(publicationsRefused),
      errors: await read(errors),
      subscriptionsFailed: await read(subscriptionsFailed),
      connectionsFailed: await read(failed),
      backplaneInterrupted: await read(interrupted),
      backplaneInterruptions: await read(interruptions),
      eventsRepaired: await read(repaired),
      positionsLost: await read(positionsLost),
      reconnects: await read(reconnects),
      catchUps: await read(catchUps),
      commandsUnconfirmed: await read(unconfirmed),
    }),
    /** Lost positions by reason. */
    readLosses: async () =>
      Object.fromEntries((await positionsLost.get()).values.map(({ labels, value }) => [labels.reason, value])),
    /** Recoveries by outcome. */
    readRecoveries: async () =>
      Object.fromEntries((await recoveries.get()).values.map(({ labels, value }) => [labels.outcome, value])),
  };
}
