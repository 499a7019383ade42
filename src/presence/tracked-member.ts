import type { Backplane, EngineState, PresenceUpdate } from '../backplane/index.js';
import { type ThrottledLog, describeError } from '../metrics/index.js';
import type { Timer, TimerWheel } from '../timers/index.js';

/** The time in ms after which a failed call is repeated. */
const RETRY_MS = 1000;

/** Dependencies and settings that all members share. */
export interface MemberEnvironment {
  readonly backplane: Backplane;
  readonly wheel: TimerWheel;
  readonly log: ThrottledLog;
  /** The time in ms that a user may be away without leaving. */
  readonly leaveDelay: number;
  /** This node shuts down: failed calls are not repeated. */
  isLeaving: boolean;
}

/** What the backplane is told of a user, beside the connections. */
export type MemberInfo = Pick<PresenceUpdate, 'infoJson' | 'announcementJson'>;

/** What a node says of a user. */
interface Report {
  readonly connections: number;
  readonly info: MemberInfo;
  readonly isQuiet: boolean;
}

const NOTHING: Report = { connections: 0, info: { infoJson: undefined, announcementJson: undefined }, isQuiet: false };

/**
 * A user in a channel, with the user's connections on this node. Reports their number to the backplane, with one call at
 * a time. Connections that come and go during a call cancel each other out.
 */
export class TrackedMember {
  private connections = 0;
  private info = NOTHING.info;
  /** The last report that the backplane has taken. */
  private taken = NOTHING;
  /** Set where the backplane may not know that report. `lost`: it has forgotten it, and told nobody. */
  private doubt: EngineState['memory'] | undefined;
  private retry: Timer | undefined;
  private work: Promise<void> | undefined;

  constructor(
    readonly channel: string,
    private readonly userId: string,
    private readonly environment: MemberEnvironment,
    /** Called when the user has no connection and the backplane knows. */
    private readonly forgotten: (member: TrackedMember) => void,
  ) {}

  connected(info: MemberInfo): void {
    this.connections += 1;
    this.info = info;
    void this.report();
  }

  disconnected(): void {
    this.connections -= 1;
    void this.report();
  }

  /**
   * Has the next {@link report} not rely on what the backplane knew. Where it has lost its memory, it is told that first,
   * and quietly: others know of that join, and hear of what has changed since.
   */
  doubtMemory({ memory }: EngineState): void {
    if (this.doubt !== 'lost') this.doubt = memory;
  }

  /** Begins the next call in this turn, unless one is under way. Resolves when the backplane knows, or a call failed. */
  report(): Promise<void> {
    if (this.work !== undefined) return this.work;
    this.disarm();
    const first = this.nextReport();
    if (first !== undefined) return (this.work = this.sendAll(first));
    this.becomeIdle();
    return Promise.resolve();
  }

  /** Never rejects. */
  private async sendAll(first: Report): Promise<void> {
    try {
      for (let next: Report | undefined = first; next !== undefined; next = this.nextReport()) await this.send(next);
      this.work = undefined;
      this.becomeIdle();
    } catch (error) {
      this.work = undefined;
      this.tryAgainLater(error);
    }
  }

  /** Returns undefined if the backplane knows. */
  private nextReport(): Report | undefined {
    const { taken, doubt, connections, info } = this;
    if (doubt === 'lost' && taken.connections > 0) return { ...taken, isQuiet: true };
    const isKnown = taken.connections === connections && (connections === 0 || taken.info.infoJson === info.infoJson);
    return isKnown && doubt === undefined ? undefined : { connections, info, isQuiet: false };
  }

  private async send(report: Report): Promise<void> {
    const { channel, userId } = this;
    const { backplane, leaveDelay } = this.environment;
    const { connections, info, isQuiet } = report;
    // Before the call, so that a doubt that arises during it has the next report follow.
    this.doubt = undefined;
    try {
      await backplane.present({ channel, userId, connections, ...info, leaveDelay, isQuiet });
      this.taken = report;
    } catch (error) {
      this.doubtMemory({ memory: isQuiet ? 'lost' : 'kept' });
      throw error;
    }
  }

  private becomeIdle(): void {
    if (this.connections === 0) this.forgotten(this);
  }

  private tryAgainLater(error: unknown): void {
    const { log, isLeaving, wheel } = this.environment;
    const fields = { channel: this.channel, user_id: this.userId, error: describeError(error) };
    log.write('error', this.environment, 'presence update failed', fields);
    if (!isLeaving) this.retry = wheel.after(RETRY_MS, () => void this.report());
    else this.becomeIdle();
  }

  private disarm(): void {
    if (this.retry !== undefined) this.environment.wheel.disarm(this.retry);
    this.retry = undefined;
  }
}
