import { CloseCode, WsMessageType, encode } from '@skreaver/protocol';
import type { SkreaverWsConfig } from '../../config/index.js';
import { Timer, type TimerWheel } from '../../timers/index.js';
import { Frame } from '../outbound/frame.js';

/**
 * Lateness of a timer above which this process was paused itself. The peer is then not at fault, and gets another
 * `pongTimeout`.
 */
const OWN_PAUSE_MS = 1000;
/**
 * Number of moments in a ping interval at which pings are sent. Grouped pings wake an idle process less often: 12 → 8
 * ms of CPU a second.
 */
const GROUPS = 100;

/** The socket that a heartbeat pings and closes. */
export interface HeartbeatPeer {
  /** `performance.now()` of the last frame of the peer. */
  readonly lastReceivedAt: number;
  /** True if frames of the peer, perhaps a pong, wait on the server unread or unhandled. */
  readonly isBehind: boolean;
  push(frame: Frame): void;
  closeAndDestroy(code: CloseCode): void;
}

export type HeartbeatConfig = Pick<SkreaverWsConfig, 'pingInterval' | 'pongTimeout' | 'connectionTimeout'>;

/**
 * Pings one peer and closes a silent one (PROTOCOL §7). The first ping has a random phase, so that pings spread evenly.
 */
export class Heartbeat extends Timer {
  private awaitingPong = false;
  private nextPingAt: number;
  private pongDueAt = 0;

  constructor(
    private readonly pulse: HeartbeatPeer,
    private readonly wheel: TimerWheel,
    private readonly config: HeartbeatConfig,
    private readonly mode: 'message' | 'frame',
  ) {
    super();
    const now = performance.now();
    const group = Math.ceil(GROUPS * Math.random());
    const startOfInterval = now - (now % config.pingInterval);
    this.nextPingAt = startOfInterval + (config.pingInterval * group) / GROUPS;
    if (this.nextPingAt < now) this.nextPingAt += config.pingInterval;
    this.rearm(now);
  }

  /** Records a pong. Returns true if a ping was waiting for it; a ping has at most one answer. */
  pong(): boolean {
    const isAwaited = this.awaitingPong;
    this.awaitingPong = false;
    return isAwaited;
  }

  stop(): void {
    this.wheel.disarm(this);
  }

  override fire(lateMs: number): void {
    const now = performance.now();
    const pongIsOverdue = this.awaitingPong && now >= this.pongDueAt;
    const isIdle = this.idleFor(now) >= this.config.connectionTimeout;
    if ((pongIsOverdue || isIdle) && (lateMs > OWN_PAUSE_MS || this.pulse.isBehind)) {
      this.pongDueAt = now + this.config.pongTimeout;
      this.wheel.arm(this, this.config.pongTimeout);
    } else if (pongIsOverdue) {
      this.pulse.closeAndDestroy(CloseCode.PongTimeout);
    } else if (isIdle) {
      this.pulse.closeAndDestroy(CloseCode.ConnectionTimeout);
    } else if (!this.awaitingPong && now >= this.nextPingAt) {
      this.ping(now);
    } else {
      this.rearm(now);
    }
  }

  private ping(now: number): void {
    // Keeps the phase in the interval, also after a pause of more than one interval.
    const { pingInterval } = this.config;
    this.nextPingAt += pingInterval * (1 + Math.floor((now - this.nextPingAt) / pingInterval));
    this.pongDueAt = now + this.config.pongTimeout;
    this.awaitingPong = true;
    this.rearm(now);
    this.pulse.push(this.mode === 'frame' ? Frame.ping : pingMessage());
  }

  private rearm(now: number): void {
    const next = this.awaitingPong ? this.pongDueAt : this.nextPingAt;
    this.wheel.arm(this, Math.min(next - now, this.config.connectionTimeout - this.idleFor(now)));
  }

  private idleFor(now: number): number {
    return now - this.pulse.lastReceivedAt;
  }
}

let sharedPing = { timestamp: 0, frame: Frame.ping };

/** Shares one frame between all pings of a millisecond, which have the same timestamp. */
function pingMessage(): Frame {
  const timestamp = Date.now();
  if (sharedPing.timestamp !== timestamp) {
    sharedPing = { timestamp, frame: Frame.text(encode({ type: WsMessageType.Ping, data: { timestamp } })) };
  }
  return sharedPing.frame;
}
