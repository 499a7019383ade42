import type { Backplane } from '../backplane/index.js';
import { type ThrottledLog, describeError } from '../metrics/index.js';
import type { Timer, TimerWheel } from '../timers/index.js';
import type { JoinLeaveEvents, MemberChange } from './join-leave-events.js';

/** The time in ms after which a failed call is repeated. */
const RETRY_MS = 1000;

/** Dependencies and settings that all members share. */
export interface MemberEnvironment {
  readonly backplane: Backplane;
  readonly events: JoinLeaveEvents;
  readonly wheel: TimerWheel;
  readonly log: ThrottledLog;
  /** The time in ms that a user may be away without leaving. */
  readonly leaveDelay: number;
  /** This node shuts down: users leave at once, and failed calls are not repeated. */
  isLeaving: boolean;
}

/**
 * A user in a channel, with the user's connections on this node. Reports them to the backplane with one call at a time,
 * so that joins and leaves keep their order. Connections that come and go during a call cancel each other out.
 */
export class TrackedMember {
  private connections = 0;
  /** The number of connections that the backplane counts for this node. */
  private counted = 0;
  /**
   * `waiting`: the user's last connection on any node has ended, and the user may come back. `due`: the user has left.
   */
  private absence: 'none' | 'waiting' | 'due' = 'none';
  /** A join or leave event that must be published before the next call of the backplane. */
  private pendingEvent: MemberChange['kind'] | undefined;
  private infoJson: string | undefined;
  private deadline: Timer | undefined;
  private work: Promise<void> | undefined;

  constructor(
    private readonly channel: string,
    private readonly userId: string,
    private readonly environment: MemberEnvironment,
    /** Called when the user has no connection and nothing is pending. */
    private readonly forgotten: () => void,
  ) {}

  connected(infoJson: string | undefined): void {
    this.connections += 1;
    this.infoJson = infoJson;
    this.absence = 'none';
    this.disarm();
    void this.catchUp();
  }

  disconnected(): void {
    this.connections -= 1;
    void this.catchUp();
  }

  /** Stops waiting for the user to come back. Resolves when the backplane is up to date, or a call has failed. */
  flush(): Promise<void> {
    if (this.absence === 'waiting') this.absence = 'due';
    this.disarm();
    return this.catchUp();
  }

  /** Starts the next call of the backplane in this turn, unless a call is under way. */
  private catchUp(): Promise<void> {
    if (this.work !== undefined) return this.work;
    const first = this.nextStep();
    if (first !== undefined) return (this.work = this.makeSteps(first));
    this.becomeIdle();
    return Promise.resolve();
  }

  private async makeSteps(first: Promise<void>): Promise<void> {
    try {
      for (let step: Promise<void> | undefined = first; step !== undefined; step = this.nextStep()) await step;
      this.work = undefined;
      this.becomeIdle();
    } catch (error) {
      this.work = undefined;
      this.tryAgainLater(error);
    }
  }

  /** Starts the next call of the backplane. Returns undefined if the backplane is up to date. */
  private nextStep(): Promise<void> | undefined {
    if (this.pendingEvent !== undefined) return this.publish(this.pendingEvent);
    if (this.counted < this.connections) return this.join();
    if (this.counted > this.connections) return this.leave();
    return this.absence === 'due' ? this.forget() : undefined;
  }

  private async publish(kind: MemberChange['kind']): Promise<void> {
    const { channel, userId, infoJson } = this;
    await this.environment.events.publish({ kind, channel, userId, infoJson });
    this.pendingEvent = undefined;
  }

  private async join(): Promise<void> {
    const isNew = await this.environment.backplane.join(this.channel, this.userId, this.infoJson);
    this.counted += 1;
    if (isNew) this.pendingEvent = 'join';
  }

  private async leave(): Promise<void> {
    const left = await this.environment.backplane.leave(this.channel, this.userId);
    this.counted -= 1;
    const { leaveDelay, isLeaving } = this.environment;
    if (left === 0 && this.connections === 0) this.absence = leaveDelay > 0 && !isLeaving ? 'waiting' : 'due';
  }

  private async forget(): Promise<void> {
    const isGone = await this.environment.backplane.forget(this.channel, this.userId);
    if (isGone) this.pendingEvent = 'leave';
    this.absence = 'none';
  }

  private becomeIdle(): void {
    this.disarm();
    if (this.absence === 'waiting') this.arm(this.environment.leaveDelay, () => void this.flush());
    else if (this.connections === 0) this.forgotten();
  }

  private tryAgainLater(error: unknown): void {
    const { log, isLeaving } = this.environment;
    const fields = { channel: this.channel, user_id: this.userId, error: describeError(error) };
    log.write('error', this.environment, 'presence update failed', fields);
    if (!isLeaving) this.arm(RETRY_MS, () => void this.catchUp());
    else if (this.connections === 0) this.forgotten();
  }

  private arm(delayMs: number, act: () => void): void {
    this.disarm();
    this.deadline = this.environment.wheel.after(delayMs, act);
  }

  private disarm(): void {
    if (this.deadline !== undefined) this.environment.wheel.disarm(this.deadline);
    this.deadline = undefined;
  }
}
