import { BackplaneUnavailableError } from '@skreaver/nestjs-ws';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Argument, Engine, EngineListener } from './engine.js';
import { RedisLink } from './redis-link.js';

const SCHEDULES = Number(process.env.RACE_SCHEDULES ?? 2000) / 40;
const INFO = 'redis_version:7.0.15\r\nredis_mode:standalone\r\nrole:master\r\n';
const never = new Promise<never>(() => undefined);

/** Answers, closes and pushes in any order, as long as answers come in the order of their commands. */
class FakeRedis {
  /** The commands that arrived, by their numbers. */
  readonly arrived: number[] = [];
  readonly engines: FakeEngine[] = [];

  constructor(readonly scheduler: fc.Scheduler) {}

  readonly connect = (listener: EngineListener): Engine => {
    const engine = new FakeEngine(this, listener);
    this.engines.push(engine);
    return engine;
  };

  get current(): FakeEngine | undefined {
    return this.engines.at(-1);
  }
}

class FakeEngine implements Engine {
  isDestroyed = false;
  private hasScripts = false;
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly redis: FakeRedis,
    readonly listener: EngineListener,
  ) {}

  async connect(): Promise<void> {
    await this.answer('connect', undefined);
  }

  call(name: string, args: readonly Argument[]): Promise<unknown> {
    if (name === 'SCRIPT') this.hasScripts = true;
    if (name === 'ECHO') {
      if (!this.hasScripts) throw new Error('A command came before the scripts.');
      this.redis.arrived.push(Number(args[0]));
    }
    return this.answer(name, name === 'INFO' ? INFO : args[0]);
  }

  callForBytes(name: string, args: readonly Argument[]): Promise<unknown> {
    return this.call(name, args);
  }

  subscribe(names: readonly string[]): Promise<unknown> {
    return this.answer('SUBSCRIBE', names.length);
  }

  unsubscribe(names: readonly string[]): Promise<unknown> {
    return this.answer('UNSUBSCRIBE', names.length);
  }

  destroy(): void {
    this.isDestroyed = true;
  }

  close(): void {
    if (this.isDestroyed) return;
    this.isDestroyed = true;
    this.listener.closed();
  }

  private answer(name: string, reply: unknown): Promise<unknown> {
    const before = this.last;
    const scheduled = this.redis.scheduler.schedule(Promise.resolve(), name);
    this.last = Promise.all([before, scheduled]).then(() => (this.isDestroyed ? never : reply));
    return this.last;
  }
}

describe('the link to Redis, in any order of answers, closes and commands', () => {
  it('sends a command once, settles it once and truly, and is live in the end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.nat(12), fc.nat(3), async (scheduler, commands, closes) => {
        const redis = new FakeRedis(scheduler);
        const said: string[] = [];
        const link: RedisLink = new RedisLink(redis.connect, [{ name: 'a', lua: 'b', sha: 'c' }], {
          message: () => undefined,
          moved: () => undefined,
          rising: () => link.subscribe(['inbox']),
          live: () => void said.push('live'),
          fallen: () => void said.push('fallen'),
          warn: () => undefined,
        });
        const send = async (number: number): Promise<void> => {
          await scheduler.schedule(Promise.resolve(), `send ${number}`);
          try {
            expect(await link.call('ECHO', [number], 'write')).toBe(number);
          } catch (error) {
            if (!(error instanceof BackplaneUnavailableError)) throw error;
            expect(redis.arrived.includes(number)).toBe(error.outcome === 'unknown');
          }
        };
        const close = async (): Promise<void> => {
          await scheduler.schedule(Promise.resolve(), 'close');
          redis.current?.close();
        };
        try {
          const all = [
            link.start(60_000),
            ...Array.from({ length: commands }, (_, number) => send(number)),
            ...Array.from({ length: closes }, close),
          ];
          await scheduler.waitFor(Promise.all(all));
          await scheduler.waitFor(link.whenLive(10_000));
          expect(link.isLive).toBe(true);
          expect(new Set(redis.arrived).size).toBe(redis.arrived.length);
          expect(said).toEqual(said.map((_, index) => (index % 2 === 0 ? 'live' : 'fallen')));
          expect(said.at(-1)).toBe('live');
          expect(redis.engines.filter(({ isDestroyed }) => !isDestroyed)).toHaveLength(1);
        } finally {
          link.stop();
        }
      }),
      { numRuns: SCHEDULES },
    );
  });
});
