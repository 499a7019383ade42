import type { BenchCase, Contestant, Prepared, Sample } from '../cases/bench-case.js';
import type { Absence, ContestantResult } from './case-result.js';
import { Rig } from './rig.js';

/** One side of a case over all rounds. What fails leaves it out of the rest, and is told in the result. */
export class Side {
  private readonly samples: Sample[] = [];
  private running: { readonly rig: Rig; readonly prepared: Prepared } | undefined;
  private facts: Pick<ContestantResult, 'versions' | 'changed'> = { versions: {}, changed: [] };
  private gone: Absence | undefined;

  constructor(
    private readonly bench: BenchCase,
    readonly contestant: Contestant,
    private readonly baseline: string | undefined,
  ) {}

  get absence(): Absence | undefined {
    return this.gone;
  }

  /** Measures one round; does nothing once the side is out. */
  async measure(): Promise<void> {
    if (this.gone !== undefined) return;
    try {
      this.running ??= await this.start();
      if (this.running !== undefined) this.samples.push(await this.running.prepared.round());
      if (this.bench.freshProcess === true) await this.stop();
    } catch (error) {
      await this.leave(error instanceof Error ? error.message : String(error), true);
    }
  }

  async stop(): Promise<void> {
    await this.running?.rig.stop();
    this.running = undefined;
  }

  result(): ContestantResult {
    const figures = this.bench.figures.map(({ name }) => name);
    return {
      name: this.contestant.name,
      values: Object.fromEntries(figures.map((name) => [name, this.samples.map((each) => each.figures[name] ?? NaN)])),
      remarks: [...new Set(this.samples.flatMap(({ remarks }) => remarks))],
      ...this.facts,
    };
  }

  private async start(): Promise<NonNullable<typeof this.running> | undefined> {
    const { peer, options } = this.contestant;
    const started = await Rig.start(peer, options, this.baseline);
    if ('unavailable' in started) {
      await this.leave(started.unavailable, false);
      return undefined;
    }
    this.facts = { versions: started.versions, changed: started.changed };
    try {
      return { rig: started, prepared: await this.bench.prepare(started, this.contestant) };
    } catch (error) {
      await started.stop();
      throw error;
    }
  }

  private async leave(reason: string, isFault: boolean): Promise<void> {
    this.gone = { name: this.contestant.name, reason, isFault };
    await this.stop();
  }
}
