import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { CloseCode } from '@skreaver/protocol';
import { SessionDeadlines } from '../auth/index.js';
import { SubscriberIndex } from '../channel/index.js';
import { ConnectionTable } from '../connection/index.js';
import { ClusterNode, DirectEvents, OpenChannels, PublicationQueue } from '../delivery/index.js';
import { ConnectionHooks } from '../hooks/index.js';
import { PresenceTracker } from '../presence/index.js';
import { RunningRequests } from '../request/index.js';
import { PendingAsks, UserCommands } from '../subscription/index.js';
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
    private readonly requests: RunningRequests,
    private readonly channels: OpenChannels,
    private readonly presence: PresenceTracker,
    private readonly node: ClusterNode,
    private readonly direct: DirectEvents,
    private readonly users: UserCommands,
    private readonly flusher: Flusher,
    private readonly publications: PublicationQueue,
    private readonly hooks: ConnectionHooks,
  ) {}

  onModuleInit(): void {
    this.connections.observe(this.deadlines, this.index, this.asks, this.requests, this.hooks);
    this.index.observe(this.channels, this.presence, this.hooks);
    this.flusher.observe(this.publications);
    this.node.attach({
      send: (command) => this.direct.sendHere(command),
      sendAll: (command) => this.direct.sendAllHere(command),
      revoke: ({ userId, channel }) => this.users.revokeHere(userId, channel),
      disconnect: ({ userId, code }) => this.users.disconnectHere(userId, code as CloseCode),
    });
  }
}
