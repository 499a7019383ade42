import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Timer, type TimerWheel } from '../../timers/index.js';
import type { UpgradeRejection } from '../host/upgrade-rejection.js';
import { rejections } from './rejection-answers.js';

/** Time that other listeners have to answer an upgrade; the same as in socket.io. */
const ANSWER_WITHIN_MS = 1000;

/** Answers an upgrade with plain HTTP, and ends its socket. */
export type RejectUpgrade = (request: IncomingMessage, socket: Duplex, rejection: UpgradeRejection) => void;

/**
 * Upgrades of paths that other `upgrade` listeners of the application may know. Each listener ignores paths
 * that it does not know, so requests that no listener answers are rejected here.
 */
export class ForeignUpgrades {
  private readonly waiting = new Set<ForeignUpgrade>();

  /** @param max requests that may wait at the same time */
  constructor(
    private readonly wheel: TimerWheel,
    private readonly max: number,
    private readonly reject: RejectUpgrade,
  ) {}

  /** @returns false when too many requests wait, and this one has been rejected */
  watch(request: IncomingMessage, socket: Duplex): boolean {
    if (this.waiting.size >= this.max) this.forgetAnswered();
    if (this.waiting.size >= this.max) {
      this.reject(request, socket, rejections.full);
      return false;
    }
    const upgrade = new ForeignUpgrade(request, socket, (rejection) => this.end(upgrade, rejection));
    this.waiting.add(upgrade);
    this.wheel.arm(upgrade, ANSWER_WITHIN_MS);
    return true;
  }

  /** Rejects all requests that no listener has answered yet. */
  drain(): void {
    for (const upgrade of this.waiting) this.end(upgrade, rejections.draining);
  }

  private forgetAnswered(): void {
    for (const upgrade of this.waiting) if (upgrade.isAnswered) this.forget(upgrade);
  }

  private end(upgrade: ForeignUpgrade, rejection: UpgradeRejection): void {
    this.forget(upgrade);
    if (!upgrade.isAnswered) this.reject(upgrade.request, upgrade.socket, rejection);
  }

  private forget(upgrade: ForeignUpgrade): void {
    this.waiting.delete(upgrade);
    this.wheel.disarm(upgrade);
  }
}

class ForeignUpgrade extends Timer {
  private readonly writtenBefore: number;

  constructor(
    readonly request: IncomingMessage,
    readonly socket: Duplex,
    private readonly end: (rejection: UpgradeRejection) => void,
  ) {
    super();
    this.writtenBefore = bytesWritten(socket);
  }

  get isAnswered(): boolean {
    return this.socket.destroyed || bytesWritten(this.socket) > this.writtenBefore;
  }

  override fire(): void {
    this.end(rejections.path);
  }
}

/** Bytes written to a socket, including those that wait in its stream. */
function bytesWritten(socket: Duplex): number {
  return (socket as Socket).bytesWritten;
}
