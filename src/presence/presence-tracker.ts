import { Inject, Injectable } from '@nestjs/common';
import { Backplane, type EnginePart, type EngineState } from '../backplane/index.js';
import { ChannelOptionsResolver, type SubscriptionObserver } from '../channel/index.js';
import { type ResolvedConfig, SkreaverWsConfig } from '../config/index.js';
import type { ClientConnection, Identity } from '../connection/index.js';
import type { RestoreObserver } from '../delivery/index.js';
import { ThrottledLog, describeError } from '../metrics/index.js';
import { type Timer, TimerWheel } from '../timers/index.js';
import { infoJsonOf, memberJson } from './member-json.js';
import { type MemberEnvironment, type MemberInfo, TrackedMember } from './tracked-member.js';

/** Members that are reported again at once, after the engine of the backplane was away. */
const PORTION = 100;
/** Time in ms between two portions, so that an engine that has just come back gets 1,000 reports a second. */
const PORTION_EVERY_MS = 100;

/**
 * Follows the subscriptions of this node, so that the backplane knows the members of every channel with `presence`. A
 * `TrackedMember` is one of them.
 */
@Injectable()
export class PresenceTracker implements SubscriptionObserver, RestoreObserver {
  private readonly channels = new Map<string, Map<string, TrackedMember>>();
  /**
   * The user of each connection's subscriptions. When a subscription ends, the connection may already belong to another
   * user.
   */
  private readonly users = new WeakMap<ClientConnection, string>();
  private readonly environment: MemberEnvironment;
  /** Members that are to be reported again, in portions. */
  private readonly doubtful = new Set<TrackedMember>();
  private nextPortion: Timer | undefined;

  constructor(
    @Inject(SkreaverWsConfig) config: ResolvedConfig,
    private readonly options: ChannelOptionsResolver,
    private readonly log: ThrottledLog,
    backplane: Backplane,
    wheel: TimerWheel,
  ) {
    this.environment = { backplane, wheel, log, leaveDelay: config.presenceLeaveDelay, isLeaving: false };
  }

  /** The number of members with connections on this node, over all channels. */
  get size(): number {
    return [...this.channels.values()].reduce((sum, members) => sum + members.size, 0);
  }

  /**
   * Called when this node shuts down. Resolves when the backplane knows that its connections have ended, or a call has
   * failed. Users who come back on another node within `presenceLeaveDelay` have not left.
   */
  async leave(): Promise<void> {
    this.environment.isLeaving = true;
    await Promise.all(this.members().map((member) => member.report()));
  }

  /**
   * Reports all members again, or those in a part of the engine. An engine that has forgotten them tells nobody of those that it knew, but of who came or
   * left meanwhile.
   */
  onRestored(engine: EngineState, part?: EnginePart): void {
    for (const member of this.members()) {
      if (part?.holds(member.channel) === false) continue;
      member.doubtMemory(engine);
      this.doubtful.add(member);
    }
    if (this.nextPortion === undefined) this.reportPortion();
  }

  onSubscribed(connection: ClientConnection, channel: string): void {
    const { identity } = connection;
    if (identity === undefined || this.options.of(channel).presence !== true) return;
    this.users.set(connection, identity.userId);
    this.memberOf(channel, identity.userId).connected(this.infoOf(connection, identity, channel));
  }

  onUnsubscribed(connection: ClientConnection, channel: string): void {
    const userId = this.users.get(connection);
    if (userId !== undefined) this.channels.get(channel)?.get(userId)?.disconnected();
  }

  private members(): TrackedMember[] {
    return [...this.channels.values()].flatMap((ofChannel) => [...ofChannel.values()]);
  }

  private reportPortion(): void {
    this.nextPortion = undefined;
    let left = PORTION;
    for (const member of this.doubtful) {
      if (left === 0) break;
      left -= 1;
      this.doubtful.delete(member);
      void member.report();
    }
    if (this.doubtful.size === 0) return;
    this.nextPortion = this.environment.wheel.after(PORTION_EVERY_MS, () => this.reportPortion());
  }

  private memberOf(channel: string, userId: string): TrackedMember {
    const members = this.channels.get(channel) ?? new Map<string, TrackedMember>();
    this.channels.set(channel, members);
    const known = members.get(userId);
    if (known !== undefined) return known;
    const member = new TrackedMember(channel, userId, this.environment, (gone) => this.forget(channel, userId, gone));
    members.set(userId, member);
    return member;
  }

  private forget(channel: string, userId: string, member: TrackedMember): void {
    this.doubtful.delete(member);
    const members = this.channels.get(channel);
    members?.delete(userId);
    if (members?.size === 0) this.channels.delete(channel);
  }

  private infoOf(connection: ClientConnection, identity: Identity, channel: string): MemberInfo {
    const infoJson = this.infoJsonOf(connection, identity);
    const isTold = this.options.of(channel).joinLeave === true;
    return { infoJson, announcementJson: isTold ? memberJson(identity.userId, infoJson) : undefined };
  }

  /**
   * Returns the user's info as JSON. If it is invalid, the error is logged, and the user becomes a member without info.
   */
  private infoJsonOf(connection: ClientConnection, identity: Identity): string | undefined {
    try {
      return infoJsonOf(identity);
    } catch (error) {
      const fields = { connection_id: connection.id, user_id: identity.userId, error: describeError(error) };
      this.log.write('error', this, 'info of a member left out', fields);
      return undefined;
    }
  }
}
