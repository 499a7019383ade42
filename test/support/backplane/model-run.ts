import { deepEqual, equal, ok } from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { type HistoryLimits, type HistoryQuery, MemoryBackplane } from '../../../src/backplane/index.js';
import { ManualClock } from '../manual-clock.js';
import { ModelChannel } from './model-channel.js';
import { stubNode } from './stub-node.js';

export type Step =
  | { kind: 'publish'; channel: string; key: string | undefined; length: number }
  | { kind: 'read'; channel: string; query: HistoryQuery }
  | { kind: 'acknowledge'; channel: string; userId: string; offset: number }
  | { kind: 'open' | 'close'; channel: string }
  | { kind: 'pass'; ms: number };

type StepOf<Kind extends Step['kind']> = Extract<Step, { kind: Kind }>;

/** Takes steps on a backplane and on a model of it, and compares what they say. */
export class ModelRun {
  readonly backplane: MemoryBackplane;
  readonly delivered: string[] = [];
  readonly expectedDeliveries: string[] = [];
  private readonly clock = new ManualClock();
  private readonly channels: ReadonlyMap<string, ModelChannel>;
  private texts = 0;

  /** @param isTight whether the oldest events, keys and positions may be gone before their time */
  constructor(
    limits: Readonly<Record<string, HistoryLimits>>,
    maxBytes: number,
    private readonly isTight: boolean,
  ) {
    this.channels = new Map(Object.entries(limits).map(([name, each]) => [name, new ModelChannel(each)]));
    this.backplane = new MemoryBackplane(maxBytes, this.clock);
    void this.backplane.start(stubNode({ deliver: ({ dataJson }) => this.delivered.push(dataJson) }));
  }

  async take(step: Step): Promise<void> {
    if (step.kind === 'pass') return this.clock.advance(step.ms);
    const model = this.channels.get(step.channel);
    if (model === undefined) throw new Error(`There is no channel ${step.channel}.`);
    if (step.kind === 'publish') return this.publish(step, model);
    if (step.kind === 'read') return this.read(step, model);
    if (step.kind === 'acknowledge') return this.acknowledge(step, model);
    return this.setOpen(step, model);
  }

  private async publish({ channel, key, length }: StepOf<'publish'>, model: ModelChannel): Promise<void> {
    const time = this.clock.elapsed();
    const dataJson = `${(this.texts += 1)}`.padStart(length, ' ');
    const first = model.positionOf(key, time);
    const receipt = await this.backplane.publish({
      channel,
      dataJson,
      history: model.limits,
      idempotencyKey: key,
    });
    if (receipt.duplicate === true) {
      deepEqual(receipt, { delivered: 0, position: first, duplicate: true });
      return;
    }
    ok(first === undefined || this.isTight, 'a key was forgotten');
    const { position } = receipt;
    if (position === undefined) throw new Error('There is no position.');
    this.acceptEpoch(model, position.epoch);
    equal(position.offset, model.offset + 1);
    model.publish(position, dataJson, time, key);
    if (model.isOpen) this.expectedDeliveries.push(dataJson);
  }

  private async read({ channel, query }: StepOf<'read'>, model: ModelChannel): Promise<void> {
    const { publications, top } = await this.backplane.history(channel, query);
    this.acceptEpoch(model, top.epoch);
    equal(top.offset, model.offset);
    ok(publications.every(({ position }) => position.epoch === top.epoch));
    const read = publications.map(({ position: { offset }, dataJson }) => ({ offset, dataJson }));
    const [all, ...withoutOldest] = model
      .pages(query, this.clock.elapsed())
      .map((page) => page.map(({ offset, dataJson }) => ({ offset, dataJson })));
    if (!this.isTight || !withoutOldest.some((page) => isDeepStrictEqual(page, read))) deepEqual(read, all);
  }

  private async acknowledge({ channel, userId, offset }: StepOf<'acknowledge'>, model: ModelChannel): Promise<void> {
    await this.lookAt(channel, model);
    if (model.epoch !== undefined) await this.backplane.acknowledge(channel, userId, { epoch: model.epoch, offset });
    model.acknowledge(userId, offset);
    const acked = await this.backplane.acknowledged(channel, userId);
    const known = model.acknowledged(userId);
    if (!this.isTight) deepEqual(acked, known);
    // One that was forgotten may have been said again, and less.
    else if (acked !== undefined) ok(acked.epoch === known?.epoch && acked.offset <= known.offset);
  }

  private async setOpen({ channel, kind }: StepOf<'open' | 'close'>, model: ModelChannel): Promise<void> {
    if (kind === 'close') model.isOpen = false;
    await (kind === 'open' ? this.backplane.open([channel]) : this.backplane.close(channel));
    await this.lookAt(channel, model);
    model.isOpen = kind === 'open';
  }

  private async lookAt(channel: string, model: ModelChannel): Promise<void> {
    this.acceptEpoch(model, (await this.backplane.history(channel, { limit: 0 })).top.epoch);
  }

  /** A channel with subscribers never loses its position, and where there is room none does. */
  private acceptEpoch(model: ModelChannel, epoch: string): void {
    if (epoch === model.epoch) return;
    ok(model.epoch === undefined || (this.isTight && !model.isOpen), 'a position was lost');
    model.beginEpoch(epoch);
  }
}
