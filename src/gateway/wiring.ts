import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { CloseCode } from '@skreaver/protocol';
import { SessionDeadlines } from '../auth/index.js';
import { SubscriberIndex } from '../channel/index.js';
import { NodeReporter } from '../cluster/index.js';
import { ClusterAddressLimit, ConnectionTable } from '../connection/index.js';
import {
  Acknowledgements,
  ClusterNode,
  type CommandHandlers,
  DirectEvents,
  Everyone,
  OpenChannels,
  PublicationQueue,
} from '../delivery/index.js';
import { ConnectionHooks } from '../hooks/index.js';
import { PresenceTracker } from '../presence/index.js';
import { RunningRequests } from '../request/index.js';
import { Asker, ConnectionCommands, MissedCommands, PendingAsks, UserCommands } from '../subscription/index.js';
import { Flusher } from '../transport/index.js';

/**
 * Connects what happens to those that are notified of it, in the order of the lists. Runs before the first connection.
 */
@Injectable()
export class Wiring implements OnModuleInit {
  constructor(
    private readonly connections: ConnectionTable,
    private readonly deadlines: SessionDeadlines,
    private readonly index: SubscriberIndex,
    private readonly asks: PendingAsks,
    private readonly asker: Asker,
    private readonly requests: RunningRequests,
    private readonly channels: OpenChannels,
    private readonly presence: PresenceTracker,
    private readonly node: ClusterNode,
    private readonly acknowledgements: Acknowledgements,
    private readonly reporter: NodeReporter,
    private readonly direct: DirectEvents,
    private readonly users: UserCommands,
    private readonly single: ConnectionCommands,
    private readonly missed: MissedCommands,
    private readonly flusher: Flusher,
    private readonly publications: PublicationQueue,
    private readonly everyone: Everyone,
    private readonly hooks: ConnectionHooks,
    private readonly addresses: ClusterAddressLimit,
  ) {}

  onModuleInit(): Promise<void> {
    this.connections.observe(this.deadlines, this.index, this.asks, this.requests, this.everyone);
    this.connections.observe(this.acknowledgements, this.hooks);
    this.index.observe(this.channels, this.presence, this.hooks);
    this.flusher.observe(this.publications);
    this.node.observe(this.presence, this.missed, this.addresses);
    const handlers: CommandHandlers = {
      report: () => this.reporter.report(),
      send: (command) => this.direct.sendHere(command),
      sendTo: (command) => this.direct.sendToHere(command),
      sendAll: (command) => this.direct.sendAllHere(command),
      subscribe: ({ userId, channels }) => this.users.subscribeHere(userId, channels),
      unsubscribe: ({ userId, channels }) => this.users.unsubscribeHere(userId, channels),
      revoke: ({ userId, channel }) => this.users.revokeHere(userId, channel),
      disconnect: ({ userId, code }) => this.users.disconnectHere(userId, code as CloseCode),
      subscribeConnection: ({ connectionId, channels }) => this.single.subscribeHere(connectionId, channels),
      unsubscribeConnection: ({ connectionId, channels }) => this.single.unsubscribeHere(connectionId, channels),
      disconnectConnection: ({ connectionId, code, retryAfterMs }) =>
        this.single.disconnectHere(connectionId, code as CloseCode, retryAfterMs),
    };
    return this.node.start(handlers, this.asker);
  }
}
