import { Buffer } from 'node:buffer';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { Connection } from '../../connection/index.js';
import type { RawJson } from '../../delivery/index.js';
import { Throttler } from '../../throttling/index.js';
import { TimerWheel, LoopTurns } from '../../timers/index.js';
import type { RunningRequest } from '../run/running-request.js';

/**
 * Answers that may be large: histories and lists of members. Of one connection they are made one at a time, each when the
 * socket has taken the one before and the connection is within its `readRate`; of all connections, one in a turn of the
 * event loop. So whoever asks for many waits, and nobody else does.
 */
@Injectable()
export class LargeResponses {
  private readonly turns = new LoopTurns();
  /** The last one of each connection: resolves when it is made, or given up. */
  private readonly last = new WeakMap<Connection, Promise<unknown>>();

  constructor(
    private readonly throttler: Throttler,
    private readonly wheel: TimerWheel,
  ) {}

  /**
   * Makes an answer when its time has come; undefined for a request that is over by then.
   * @throws what `make` throws
   */
  async inTurn(running: RunningRequest, make: () => Promise<RawJson>): Promise<RawJson | undefined> {
    const { connection } = running;
    const before = this.last.get(connection);
    const answer = this.answer(running, before, make);
    this.last.set(connection, Promise.allSettled([answer]));
    return answer;
  }

  private async answer(
    running: RunningRequest,
    before: Promise<unknown> | undefined,
    make: () => Promise<RawJson>,
  ): Promise<RawJson | undefined> {
    const { connection } = running;
    if (before !== undefined) {
      await before;
      // What was made is sent in the same turn.
      await nextTurn();
    }
    if (!running.isOver) await connection.socket.whenDrained();
    if (!running.isOver) await this.withinRate(connection);
    if (!running.isOver) await this.turns.next();
    if (running.isOver) return undefined;
    const answer = await make();
    this.throttler.countRead(connection, Buffer.byteLength(answer.text));
    return answer;
  }

  private withinRate(connection: Connection): Promise<void> | undefined {
    const wait = this.throttler.readWaitMs(connection);
    return wait === 0 ? undefined : new Promise((resolve) => void this.wheel.after(wait, () => resolve()));
  }
}
