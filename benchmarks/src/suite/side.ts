import type { BenchCase, Prepared, Sample } from '../cases/bench-case.js';
import type { Contestant } from '../cases/contestant.js';
import type { Absence, ContestantResult } from './case-result.js';
import { Rig } from './rig.js';
import { Unavailable } from './unavailable.js';

/** Runs one contestant over all rounds. After a failure it is left out of the rest, and the result has the reason. */
export class Side {
  private readonly samples: Sample[] = [];
  private starting: Promise<Rig> | undefined;
  private running: Prepared | undefined;
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

  /**
   * Starts the processes of the contestant before the first round, so that none starts during another's measurement. A
   * failure is reported by `measure`.
   */
  async begin(): Promise<void> {
    await (this.starting ??= this.start()).catch(() => {});
  }

  /** Measures one round; does nothing after a failure. */
  async measure(): Promise<void> {
    if (this.gone !== undefined) return;
    try {
      this.running ??= await this.prepare();
      this.samples.push(await this.running.round());
      if (this.bench.freshProcess === true) await this.stop();
    } catch (error) {
      await this.leave(error);
    }
  }

  async stop(): Promise<void> {
    const started = await this.starting?.catch(() => undefined);
    this.starting = undefined;
    this.running = undefined;
    await started?.stop();
  }

  result(): ContestantResult {
    const figures = this.bench.figures.map(({ name }) => name);
    return {
      name: this.contestant.name,
      values: Object.fromEntries(figures.map((name) => [name, this.samples.map((each) => each.figures[name] ?? NaN)])),
      remarks: counted(this.samples.map(({ remarks }) => remarks)),
      ...this.facts,
    };
  }

  private async prepare(): Promise<Prepared> {
    const rig = await (this.starting ??= this.start());
    const prepared = await this.bench.prepare(rig, this.contestant);
    this.facts = { versions: rig.versions, changed: rig.changed };
    return prepared;
  }

  private start(): Promise<Rig> {
    return Rig.start(this.contestant, this.baseline, this.bench.nodeFlags);
  }

  private async leave(error: unknown): Promise<void> {
    const reason = error instanceof Error ? error.message : String(error);
    this.gone = { name: this.contestant.name, reason, isFault: !(error instanceof Unavailable) };
    await this.stop();
  }
}

/** Lists each remark once, with the number of rounds that had it. */
function counted(remarksByRound: readonly (readonly string[])[]): string[] {
  const rounds = new Map<string, number>();
  for (const remark of remarksByRound.flat()) rounds.set(remark, (rounds.get(remark) ?? 0) + 1);
  return [...rounds].map(([remark, count]) => `${remark} (${count} of ${remarksByRound.length} rounds)`);
}
