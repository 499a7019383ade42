import { randomBytes } from 'node:crypto';
import type { ControlKeys } from '../keys/control-keys.js';
import type { RedisLink } from '../link/redis-link.js';
import { OTHER_LAYOUT } from './layout.js';
import type { Argument } from '../link/engine.js';
import { SlotMovedError, UnfitRedisError } from '../link/link-errors.js';
import { BEAT } from '../scripts/nodes.js';

/**
 * Longer than a command waits for a node that does not confirm it, so that one that is cut off then is not taken for one
 * that has ended.
 */
export const LEASE_MS = 7000;
const BEAT_MS = 1000;
const SWEEPER_MS = 3000;
/** How long an answer or the node's own message may take. */
const SILENCE_MS = 2000;
const WATCH_MS = 250;

export interface Pulse {
  /** How long Redis took to answer, in seconds. */
  readonly seconds: number;
  /** False when the lease had ended: others may have counted this node off. */
  readonly isKnown: boolean;
  /** Names what Redis remembers; another one when it has forgotten everything. */
  readonly memory: string;
  /** Names the replication history; another one when Redis may have lost the last writes. */
  readonly replication: string;
  readonly isSweeper: boolean;
  readonly live: readonly string[];
  readonly dead: readonly string[];
}

type BeatReply = readonly [number, string, string, number, string[], string[]];

/**
 * Renews the lease of this node once a second, and has its own message come back over the subscription. A Redis that does
 * not answer, has become a replica, or no longer delivers is found within three seconds.
 */
export class Heartbeat {
  private timer: NodeJS.Timeout | undefined;
  private watchdog: NodeJS.Timeout | undefined;
  private watchedAt = performance.now();
  private probe = 0;
  private probedSince: number | undefined;

  constructor(
    private readonly link: RedisLink,
    private readonly control: () => ControlKeys,
    private readonly node: string,
    private readonly layout: () => string,
    private readonly beaten: (pulse: Pulse) => void,
  ) {}

  /** The first beat of a link that rises, and of a node that joins. */
  async beat(): Promise<Pulse> {
    const { node } = this;
    const control = this.control();
    this.probe += 1;
    this.probedSince ??= performance.now();
    const args = [
      '',
      node,
      LEASE_MS,
      control.inbox(node),
      `b${this.probe}`,
      randomBytes(9).toString('base64url'),
      SWEEPER_MS,
      this.layout(),
    ];
    const askedAt = performance.now();
    const reply = await this.run([control.nodes, control.sweeper, control.memory, control.layout], args);
    if (reply === null) {
      this.link.fall(OTHER_LAYOUT);
      throw new UnfitRedisError(OTHER_LAYOUT);
    }
    const seconds = (performance.now() - askedAt) / 1000;
    const [isKnown, memory, replication, isSweeper, live, dead] = reply as BeatReply;
    return { seconds, isKnown: isKnown === 1, memory, replication, isSweeper: isSweeper === 1, live, dead };
  }

  /** The node's own message came back. */
  probed(): void {
    this.probedSince = undefined;
  }

  begin(): void {
    this.end();
    this.timer = setInterval(() => void this.renew(), BEAT_MS);
    this.watchdog = setInterval(() => this.watch(), WATCH_MS);
  }

  end(): void {
    clearInterval(this.timer);
    clearInterval(this.watchdog);
    this.probedSince = undefined;
  }

  private async run(keys: readonly string[], args: readonly Argument[]): Promise<unknown> {
    try {
      return await this.link.run(BEAT, keys, args, 'read');
    } catch (error) {
      // Its keys are elsewhere, and its message was not sent.
      if (error instanceof SlotMovedError) this.probedSince = undefined;
      throw error;
    }
  }

  private async renew(): Promise<void> {
    try {
      this.beaten(await this.beat());
    } catch {
      // The link has fallen, or is overloaded; then the watchdog makes it fall.
    }
  }

  private watch(): void {
    const now = performance.now();
    // After a pause of this process the messages that came meanwhile are read first.
    const isLate = now - this.watchedAt > 2 * WATCH_MS;
    this.watchedAt = now;
    if (isLate || this.probedSince === undefined || now - this.probedSince < SILENCE_MS) return;
    this.link.fall('Redis does not deliver what is published.');
  }
}
