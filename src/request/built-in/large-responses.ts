import { Buffer } from 'node:buffer';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { ClientConnection } from '../../connection/index.js';
import type { RawJson } from '../../delivery/index.js';
import { Throttler } from '../../throttling/index.js';
import { TimerWheel, LoopTurns } from '../../timers/index.js';
import type { RunningRequest } from '../run/running-request.js';

/**
 * Backpressure for responses that may be large: histories and member lists. A connection gets one at a time, each after
 * the socket has drained the previous one and within `readRate`. All connections together get one per event-loop turn.
 * So only a client that asks for many of them waits.
 */
@Injectable()
export class LargeResponses {
  private readonly turns = new LoopTurns();
  /** The latest response of each connection; resolves when it has been made or given up. */
  private readonly last = new WeakMap<ClientConnection, Promise<unknown>>();

  constructor(
    private readonly throttler: Throttler,
    private readonly wheel: TimerWheel,
  ) {}

  /**
   * Makes a response when its turn has come. Returns undefined if the request is over by then.
   * @throws any error of `make`
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
      // The previous response is sent within this turn; before that `whenDrained` would not see it.
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

  private withinRate(connection: ClientConnection): Promise<void> | undefined {
    const wait = this.throttler.readWaitMs(connection);
    return wait === 0 ? undefined : new Promise((resolve) => void this.wheel.after(wait, () => resolve()));
  }
}
