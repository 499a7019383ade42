import { deepEqual, ok } from 'node:assert/strict';
import * as fc from 'fast-check';
import { describe, it } from 'vitest';
import type { Position, Subscription } from '../../libs/client/src/index.js';
import { ClientRig } from '../support/client/client-rig.js';
import { settled } from '../support/client/fake-clock.js';
import { ModelServer } from '../support/client/model-server.js';

/** `CLIENT_MODEL_RUNS=10000` for a long search. */
const RUNS = Number(process.env['CLIENT_MODEL_RUNS'] ?? 1_000);

/** What one handle was given: each event follows the one before, or the position of a reset. */
class HandleRecord {
  readonly faults: string[] = [];
  private at: Position | undefined;
  private mayBegin = true;

  constructor(readonly subscription: Subscription) {
    subscription.on('reset', ({ position }) => {
      this.at = position;
      this.mayBegin = false;
    });
    subscription.on('event', ({ position }) => {
      const isNext = this.at?.epoch === position?.epoch && this.at?.offset === (position?.offset ?? 0) - 1;
      if (!isNext && !this.mayBegin) this.faults.push(`${JSON.stringify(position)} after ${JSON.stringify(this.at)}`);
      this.at = position;
      this.mayBegin = false;
    });
  }
}

/** Settlements of one promise. */
const watch = (promise: Promise<unknown>): { count: number } => {
  const settlements = { count: 0 };
  const count = (): void => void (settlements.count += 1);
  promise.then(count, count);
  return settlements;
};

class Run {
  private readonly server = new ModelServer();
  private readonly handles: HandleRecord[] = [];
  private readonly promises: { count: number }[] = [];
  private readonly aborts: AbortController[] = [];
  private readonly tokens = ['good1'];
  private readonly rig: ClientRig;
  private published = 0;

  constructor(dice: readonly number[]) {
    let throws = 0;
    this.rig = new ClientRig({
      getToken: () => this.tokens.shift() ?? 'good',
      random: () => dice[(throws += 1) % dice.length] ?? 0.5,
      linger: 100,
      pauseWhenHidden: 5_000,
    });
  }

  async do(command: Command): Promise<void> {
    const { rig, server } = this;
    const socket = rig.sockets.at(-1);
    const abort = new AbortController();
    switch (command.type) {
      case 'open':
        if (socket?.state === 'connecting') socket.open();
        break;
      case 'close':
        if (socket && socket.state !== 'closed') socket.end(command.code, command.reason);
        break;
      case 'answer':
        if (socket) server.answer(socket, command.count);
        break;
      case 'event':
        server.publish(socket, `server ${(this.published += 1)}`);
        break;
      case 'recover':
        await rig.clock.pass(2_500);
        if (rig.sockets.at(-1)?.state === 'connecting') rig.socket.open();
        for (let turn = 0; turn < 3 && rig.sockets.length > 0; turn += 1) {
          server.answer(rig.socket, Infinity);
          await settled();
        }
        break;
      case 'lose':
        if (socket) server.lose(socket);
        break;
      case 'hole':
        server.publish(undefined, `lost ${(this.published += 1)}`);
        break;
      case 'forget':
        // A server that forgets has cut its connections.
        if (socket?.state === 'open') socket.end(1006);
        server.forget();
        break;
      case 'trim':
        server.trim();
        break;
      case 'tell':
        rig.tell(command.event);
        break;
      case 'pass':
        await rig.clock.pass(command.ms);
        break;
      case 'sleep':
        rig.clock.sleep(command.ms);
        break;
      case 'refuse':
        this.tokens.push('bad');
        break;
      case 'request':
        this.aborts.push(abort);
        this.promises.push(watch(rig.client.request('m', {}, { signal: abort.signal, timeout: 20_000 })));
        break;
      case 'publish':
        this.promises.push(watch(rig.client.publish('a', `client ${(this.published += 1)}`)));
        break;
      case 'ready':
        this.promises.push(watch(rig.client.ready({ timeout: 15_000 })));
        break;
      case 'abort':
        this.aborts.shift()?.abort();
        break;
      case 'subscribe':
        this.handles.push(new HandleRecord(rig.client.subscribe('a', { onError: () => {} })));
        break;
      case 'leave':
        this.handles[command.at % this.handles.length]?.subscription.close();
        break;
      case 'call':
        rig.client[command.method]();
        break;
      case 'token':
        rig.client.setToken(command.token);
        break;
    }
    await settled();
    this.check();
  }

  async end(): Promise<void> {
    this.rig.client[Symbol.dispose]();
    await settled();
    this.check();
    deepEqual([this.rig.clock.timers, this.rig.listeners, this.live()], [0, 0, 0]);
    deepEqual(
      this.promises.filter(({ count }) => count !== 1),
      [],
    );
  }

  private live(): number {
    return this.rig.sockets.filter(({ state }) => state !== 'closed').length;
  }

  private check(): void {
    ok(this.live() <= 1);
    deepEqual(
      this.promises.filter(({ count }) => count > 1),
      [],
    );
    deepEqual(
      this.handles.flatMap(({ faults }) => faults),
      [],
    );
    deepEqual([...new Set(this.server.published)], this.server.published);
    deepEqual(this.rig.errors, []);
  }
}

const CLOSES = [
  [1000, ''],
  [1006, ''],
  [1012, 'SERVICE_RESTART;retry_after_ms=700'],
  [4001, 'PONG_TIMEOUT'],
  [4004, 'SESSION_EXPIRED'],
  [4500, 'AUTHENTICATION_FAILED'],
  [4505, 'FORCED_DISCONNECT'],
] as const;

const plain = <T extends string>(...types: readonly T[]) => fc.constantFrom(...types).map((type) => ({ type }));

const command = fc.oneof(
  { weight: 8, arbitrary: plain('open') },
  { weight: 8, arbitrary: fc.nat({ max: 6 }).map((count) => ({ type: 'answer' as const, count: count + 1 })) },
  { weight: 5, arbitrary: plain('event') },
  { weight: 4, arbitrary: fc.constantFrom(10, 120, 1_500, 9_000, 50_000).map((ms) => ({ type: 'pass' as const, ms })) },
  { weight: 3, arbitrary: plain('subscribe') },
  { weight: 3, arbitrary: plain('request', 'publish', 'ready') },
  {
    weight: 3,
    arbitrary: fc.constantFrom(...CLOSES).map(([code, reason]) => ({ type: 'close' as const, code, reason })),
  },
  { weight: 2, arbitrary: plain('lose') },
  { weight: 4, arbitrary: plain('recover') },
  { weight: 1, arbitrary: fc.nat({ max: 5 }).map((at) => ({ type: 'leave' as const, at })) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom('wake' as const, 'offline' as const, 'freeze' as const, 'hidden' as const)
      .map((event) => ({ type: 'tell' as const, event })),
  },
  { weight: 1, arbitrary: plain('abort', 'refuse', 'forget', 'trim', 'hole') },
  { weight: 1, arbitrary: fc.constantFrom(70_000, 8 * 3_600_000).map((ms) => ({ type: 'sleep' as const, ms })) },
  { weight: 1, arbitrary: fc.constantFrom('good2', 'bad', null).map((token) => ({ type: 'token' as const, token })) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('connect' as const, 'disconnect' as const, 'wake' as const)
      .map((method) => ({ type: 'call' as const, method })),
  },
);

type Command = typeof command extends fc.Arbitrary<infer C> ? C : never;

describe('a client, whatever happens to it', () => {
  it(
    'has one socket at most, settles each promise once, gives each event once and in order, and leaves nothing',
    async () => {
      const dice = fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1, maxLength: 8 });
      const property = fc.asyncProperty(
        dice,
        fc.array(command, { maxLength: 60, size: 'max' }),
        async (throws, commands) => {
          const run = new Run(throws);
          for (const each of commands) await run.do(each);
          await run.end();
        },
      );
      await fc.assert(property, { numRuns: RUNS, endOnFailure: process.env['UNSHRUNK'] !== undefined });
    },
    Math.max(120_000, RUNS * 200),
  );
});
