import { CloseCode } from '@skreaver/nestjs-ws';
import type { TestApp } from '../support/test-app.js';
import type { CutKind, CuttingProxy } from './cutting-proxy.js';
import type { ServerPublisher } from './publishers.js';
import type { Random } from './random.js';

/**
 * What happens to a connection. `reset`, `finish`: the wire is cut. `server`: the server ends it. `silence`: it hears and says
 * nothing until the heartbeat ends it. `flood`: it reads nothing while more comes than the server holds for it (4002).
 * `lag`: the same in a channel that may lose events, until it reads on.
 */
export type Fault = 'reset' | 'finish' | 'server' | 'silence' | 'flood' | 'lag';

/** How often each. A publisher subscribes to nothing that could be too much. */
const FOR_SUBSCRIBERS = { reset: 9, finish: 9, server: 6, silence: 2, flood: 1, lag: 2 };
const FOR_PUBLISHERS = { reset: 3, finish: 3, server: 2, silence: 0, flood: 0, lag: 0 };

const CUT_OF: Readonly<Record<Fault, CutKind>> = {
  reset: 'reset',
  finish: 'finish',
  server: 'spare',
  silence: 'stall',
  flood: 'stall',
  lag: 'stall',
};

/** Bytes in which the handshake and the first answers lie. */
const BEGINNING = 3000;
/** Loopback takes a few MiB before anything waits on the server's side. */
const BIG = 'x'.repeat(60_000);
const MAX_FLOOD = 400;
const LAG_EVENTS = 300;
/** In which a client reads what the kernel holds for it. */
const READ_WITHIN_MS = 100;

/** Channels of one user's own, in which it can be given too much without harm to others. */
export const fatChannel = (user: string): string => `fat-${user}`;
export const lossyChannel = (user: string): string => `lossy-${user}`;

export interface Server {
  readonly app: TestApp;
  readonly house: ServerPublisher;
}

/** Ends the connections of one client, one after the other, each after a random number of bytes. */
export class FaultInjector {
  readonly counts: Record<Fault, number> = { reset: 0, finish: 0, server: 0, silence: 0, flood: 0, lag: 0 };
  private readonly faults: readonly Fault[];
  /** The server has not yet given these up. */
  private waitingFor: readonly string[] | undefined;
  private stopped = false;

  /**
   * @param server the one at the moment
   * @param abandon has the client give up a connection on which it hears nothing; absent for a publisher
   */
  constructor(
    private readonly user: string,
    private readonly proxy: CuttingProxy,
    private readonly random: Random,
    private readonly bytesPerCut: number,
    private readonly server: () => Server,
    private readonly abandon?: () => void,
  ) {
    const weights = Object.entries(abandon === undefined ? FOR_PUBLISHERS : FOR_SUBSCRIBERS);
    this.faults = weights.flatMap(([fault, weight]) => Array.from({ length: weight }, () => fault as Fault));
    this.plan();
  }

  /** To be called often: lets a client read on that the server has given up. */
  look(): void {
    if (this.waitingFor === undefined || this.isThere(this.waitingFor)) return;
    this.release();
  }

  /** Leaves the client alone from now on. */
  stop(): void {
    this.stopped = true;
    this.proxy.spare();
    this.proxy.release();
  }

  /** Every second cut falls into the beginning of a connection, where the answers are. */
  private plan(): void {
    if (this.stopped) return;
    const bytes = 1 + this.random.below(this.random.chance(0.5) ? BEGINNING : this.bytesPerCut);
    const fault = this.random.pick(this.faults);
    this.proxy.cutAfter(bytes, CUT_OF[fault], () => this.begin(fault));
  }

  private begin(fault: Fault): void {
    this.counts[fault] += 1;
    if (fault === 'lag') void this.lag();
    else if (fault === 'silence' || fault === 'flood') this.stall(fault);
    else {
      if (fault === 'server') this.disconnect();
      this.plan();
    }
  }

  private disconnect(): void {
    const { registry } = this.server().app;
    for (const { id } of registry.ofUser(this.user)) void registry.disconnect(id, CloseCode.Reconnect);
  }

  private stall(fault: 'silence' | 'flood'): void {
    this.waitingFor = this.connections();
    if (fault === 'flood') void this.flood(this.waitingFor);
    else if (this.random.chance(0.5)) this.abandon?.();
  }

  private async flood(connections: readonly string[]): Promise<void> {
    for (let sent = 0; sent < MAX_FLOOD && this.goesOn(connections); sent += 1) {
      await this.server().house.publish(fatChannel(this.user), BIG);
      if (sent % 10 === 9) await nextTurn();
    }
  }

  /** Not cut again before it has read that it missed something. */
  private async lag(): Promise<void> {
    const connections = this.connections();
    for (let sent = 0; sent < LAG_EVENTS && this.goesOn(connections); sent += 1) {
      await this.server().house.publish(lossyChannel(this.user), BIG);
      if (sent % 10 === 9) await nextTurn();
    }
    this.proxy.release();
    const { table } = this.server().app;
    await Promise.all(connections.map(async (id) => table.get(id)?.socket.whenDrained()));
    await new Promise((resolve) => setTimeout(resolve, READ_WITHIN_MS));
    this.plan();
  }

  private release(): void {
    this.waitingFor = undefined;
    this.proxy.release();
    this.plan();
  }

  private connections(): string[] {
    return this.server()
      .app.registry.ofUser(this.user)
      .map(({ id }) => id);
  }

  private goesOn(connections: readonly string[]): boolean {
    return !this.stopped && this.isThere(connections);
  }

  private isThere(connections: readonly string[]): boolean {
    return connections.some((id) => this.server().app.registry.get(id) !== undefined);
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
