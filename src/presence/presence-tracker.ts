import { Inject, Injectable } from '@nestjs/common';
import { Backplane } from '../backplane/index.js';
import { ChannelOptionsResolver, type SubscriptionObserver } from '../channel/index.js';
import { SKREAVER_WS_CONFIG, type ResolvedConfig } from '../config/index.js';
import type { ClientConnection, Identity } from '../connection/index.js';
import { ThrottledLog, describeError } from '../metrics/index.js';
import { TimerWheel } from '../timers/index.js';
import { JoinLeaveEvents } from './join-leave-events.js';
import { infoJsonOf } from './member-json.js';
import { type MemberEnvironment, TrackedMember } from './tracked-member.js';

/**
 * Follows the subscriptions of this node, so that the backplane knows the members of every channel with `presence`. A
 * `TrackedMember` is one of them, and delays its leave by `presenceLeaveDelay`.
 */
@Injectable()
export class PresenceTracker implements SubscriptionObserver {
  private readonly channels = new Map<string, Map<string, TrackedMember>>();
  /**
   * The user of each connection's subscriptions. When a subscription ends, the connection may already belong to another
   * user.
   */
  private readonly users = new WeakMap<ClientConnection, string>();
  private readonly environment: MemberEnvironment;

  constructor(
    @Inject(SKREAVER_WS_CONFIG) config: ResolvedConfig,
    private readonly options: ChannelOptionsResolver,
    private readonly log: ThrottledLog,
    backplane: Backplane,
    events: JoinLeaveEvents,
    wheel: TimerWheel,
  ) {
    this.environment = { backplane, events, wheel, log, leaveDelay: config.presenceLeaveDelay, isLeaving: false };
  }

  /** The number of members that are here or may still come back, over all channels. */
  get size(): number {
    return [...this.channels.values()].reduce((sum, members) => sum + members.size, 0);
  }

  /**
   * Called when this node shuts down: from now on, members without a connection leave without `presenceLeaveDelay`.
   * Resolves when they have left, or a call of the backplane has failed.
   */
  async leave(): Promise<void> {
    this.environment.isLeaving = true;
    const members = [...this.channels.values()].flatMap((ofChannel) => [...ofChannel.values()]);
    await Promise.all(members.map((member) => member.flush()));
  }

  onSubscribed(connection: ClientConnection, channel: string): void {
    const { identity } = connection;
    if (identity === undefined || this.options.of(channel).presence !== true) return;
    this.users.set(connection, identity.userId);
    this.memberOf(channel, identity.userId).connected(this.infoOf(connection, identity));
  }

  onUnsubscribed(connection: ClientConnection, channel: string): void {
    const userId = this.users.get(connection);
    if (userId !== undefined) this.channels.get(channel)?.get(userId)?.disconnected();
  }

  private memberOf(channel: string, userId: string): TrackedMember {
    const members = this.channels.get(channel) ?? new Map<string, TrackedMember>();
    this.channels.set(channel, members);
    const known = members.get(userId);
    if (known !== undefined) return known;
    const member = new TrackedMember(channel, userId, this.environment, () => this.forget(channel, userId));
    members.set(userId, member);
    return member;
  }

  private forget(channel: string, userId: string): void {
    const members = this.channels.get(channel);
    members?.delete(userId);
    if (members?.size === 0) this.channels.delete(channel);
  }

  /**
   * Returns the user's info as JSON. If it is invalid, the error is logged, and the user becomes a member without info.
   */
  private infoOf(connection: ClientConnection, identity: Identity): string | undefined {
    try {
      return infoJsonOf(identity);
    } catch (error) {
      const fields = { connection_id: connection.id, user_id: identity.userId, error: describeError(error) };
      this.log.write('error', this, 'info of a member left out', fields);
      return undefined;
    }
  }
}
