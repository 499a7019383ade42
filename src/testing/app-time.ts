import { setTimeout as pause } from 'node:timers/promises';
import type { INestApplication } from '@nestjs/common';
import { type ResolvedConfig, SkreaverWsConfig } from '../config/index.js';
import { TimerWheel } from '../timers/index.js';

/** Moves the fake timers of a test framework by so many ms. */
type AdvanceTimers = (ms: number) => unknown;

/** A client that has to answer pings while time passes. */
interface Companion {
  /** Resolves when the server has handled what the client sent until now. */
  keepUp(): Promise<void>;
}

const times = new WeakMap<INestApplication, AppTime>();

/** The time of an application under test, in which all of its clients live. */
export class AppTime {
  private readonly clients = new Set<Companion>();

  private constructor(
    private readonly wheel: TimerWheel,
    private readonly stepMs: number,
  ) {}

  static of(app: INestApplication): AppTime {
    const known = times.get(app);
    if (known !== undefined) return known;
    const { pongTimeout } = app.get<ResolvedConfig>(SkreaverWsConfig, { strict: false });
    // A pong is sent in the step of its ping and read in the next one: by then at most `pongTimeout` has passed.
    const time = new AppTime(app.get(TimerWheel, { strict: false }), Math.max(1, Math.floor(pongTimeout / 2)));
    times.set(app, time);
    return time;
  }

  join(client: Companion): void {
    this.clients.add(client);
  }

  leave(client: Companion): void {
    this.clients.delete(client);
  }

  /**
   * Lets time pass: in real time without fake timers.
   * @throws Error when the server does not follow the fake timers
   */
  async pass(ms: number, advanceTimers: AdvanceTimers | undefined): Promise<void> {
    if (advanceTimers === undefined) {
      if (ms > 0) await pause(ms);
      return;
    }
    // What was sent before belongs to the time before.
    if (ms > 0) await this.keepUp();
    for (let left = ms; left > 0; left -= this.stepMs) {
      await this.step(Math.min(left, this.stepMs), advanceTimers);
      await this.keepUp();
    }
  }

  private async keepUp(): Promise<void> {
    await Promise.all([...this.clients].map((client) => client.keepUp()));
  }

  private async step(ms: number, advanceTimers: AdvanceTimers): Promise<void> {
    const before = this.wheel.now();
    await advanceTimers(ms);
    if (this.wheel.now() - before >= ms - 1) return;
    throw new Error(
      'The server does not follow the fake timers. Install them before the application is created, with setTimeout, ' +
        'clearTimeout, performance and Date, and without setImmediate.',
    );
  }
}
