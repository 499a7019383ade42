import { BackplaneUnavailableError } from '@skreaver/nestjs-ws';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader } from '../wire/byte-reader.js';
import { ByteWriter } from '../wire/byte-writer.js';
import type { FrameSocketListener } from '../wire/frame-socket.js';
import { ToHub, ToWorker } from '../wire/frame.js';
import { HubLink } from './hub-link.js';
import type { Wire } from './wire.js';

const SCHEDULES = Number(process.env.RACE_SCHEDULES ?? 2000) / 40;

/** Answers and closes in any order, as long as answers come in the order of their requests. */
class FakeHub {
  /** The numbers that arrived in publications. */
  readonly arrived: number[] = [];
  readonly wires: FakeWire[] = [];

  constructor(readonly scheduler: fc.Scheduler) {}

  readonly connect = (listener: FrameSocketListener): Wire => {
    const wire = new FakeWire(this, listener);
    this.wires.push(wire);
    return wire;
  };
}

class FakeWire implements Wire {
  isDestroyed = false;
  private hasHello = false;
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly hub: FakeHub,
    private readonly listener: FrameSocketListener,
  ) {}

  send(kind: number, id: number, write?: (out: ByteWriter) => void): number {
    const out = new ByteWriter();
    write?.(out);
    const body = out.take();
    if (kind === ToHub.hello) this.hasHello = true;
    else if (!this.hasHello) throw new Error('A request came before hello.');
    if (kind === ToHub.publish) this.hub.arrived.push(new ByteReader(body).number());
    this.last = this.answer(this.last, id, body);
    return body.length + 1;
  }

  private async answer(before: Promise<unknown>, id: number, body: Buffer): Promise<void> {
    const scheduled = this.hub.scheduler.schedule(Promise.resolve(), `answer ${id}`);
    await before;
    await scheduled;
    if (!this.isDestroyed) this.listener.frame(ToWorker.reply, id, new ByteReader(body));
  }

  destroy(): void {
    this.isDestroyed = true;
  }

  close(): void {
    if (this.isDestroyed) return;
    this.isDestroyed = true;
    this.listener.closed('The connection was closed.');
  }
}

describe('the link to the hub, in any order of answers, closes and requests', () => {
  it('sends a request once, settles it once and truly, and is live in the end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.nat(12), fc.nat(3), async (scheduler, requests, closes) => {
        const hub = new FakeHub(scheduler);
        const said: string[] = [];
        const link: HubLink = new HubLink(hub.connect, {
          frame: () => undefined,
          hello: (out) => out.u32(1),
          rising: async () => void (await link.request({ kind: ToHub.open, effect: 'read' })),
          live: () => void said.push('live'),
          answered: () => undefined,
          fallen: () => void said.push('fallen'),
        });
        const send = async (number: number): Promise<void> => {
          await scheduler.schedule(Promise.resolve(), `send ${number}`);
          try {
            const answer = await link.request({
              kind: ToHub.publish,
              effect: 'write',
              write: (out) => out.number(number),
            });
            expect(answer.number()).toBe(number);
          } catch (error) {
            if (!(error instanceof BackplaneUnavailableError)) throw error;
            expect(hub.arrived.includes(number)).toBe(error.outcome === 'unknown');
          }
        };
        const close = async (): Promise<void> => {
          await scheduler.schedule(Promise.resolve(), 'close');
          hub.wires.at(-1)?.close();
        };
        try {
          const all = [
            link.start(60_000),
            ...Array.from({ length: requests }, (_, number) => send(number)),
            ...Array.from({ length: closes }, close),
          ];
          await scheduler.waitFor(Promise.all(all));
          await scheduler.waitFor(link.whenLive(10_000));
          expect(link.isLive).toBe(true);
          expect(new Set(hub.arrived).size).toBe(hub.arrived.length);
          expect(said).toEqual(said.map((_, index) => (index % 2 === 0 ? 'live' : 'fallen')));
          expect(said.at(-1)).toBe('live');
          expect(hub.wires.filter(({ isDestroyed }) => !isDestroyed)).toHaveLength(1);
        } finally {
          link.stop();
        }
      }),
      { numRuns: SCHEDULES },
    );
  });
});
