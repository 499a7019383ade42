import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../random.js';
import type { ClusterLedger } from './cluster-ledger.js';
import type { Outcome, Publication } from './receipts.js';
import type { Wire } from './wires.js';

const REPEAT_MS = 100;
const REPEATED_FOR_MS = 20_000;

/**
 * Publishes one after the other. Every second publication has an idempotency key, and is sent again until it is done; of
 * the others it believes what it was told.
 */
export class Publisher {
  private published = 0;
  private isPaused = false;
  private isStopped = false;
  private current: Promise<void> | undefined;

  constructor(
    private readonly name: string,
    private readonly wire: Wire,
    private readonly ledger: ClusterLedger,
    private readonly random: Random,
    private readonly channels: readonly string[],
    private readonly everyMs: number,
  ) {}

  async run(): Promise<void> {
    while (!this.isStopped) {
      if (!this.isPaused) {
        this.current = this.publish();
        await this.current;
      }
      await delay(this.random.below(2 * this.everyMs));
    }
  }

  /** Resolves when nothing is under way. */
  async pause(): Promise<void> {
    this.isPaused = true;
    await this.current;
  }

  resume(): void {
    this.isPaused = false;
  }

  stop(): void {
    this.isStopped = true;
    this.wire.close();
  }

  private async publish(): Promise<void> {
    const id = `${this.name}#${this.published}`;
    this.published += 1;
    const publication = this.ledger.begin(id, this.random.pick(this.channels), this.random.chance(0.5));
    try {
      this.ledger.settle(
        publication,
        await (publication.hasKey ? this.untilDone(publication) : this.wire.send(publication)),
      );
    } catch (error) {
      this.ledger.find('dishonest answer', `${id} ${String(error)}`);
    }
  }

  private async untilDone(publication: Publication): Promise<Outcome> {
    const until = performance.now() + REPEATED_FOR_MS;
    for (let mayBeDone = false; ;) {
      const outcome = await this.wire.send(publication);
      if (outcome.kind === 'ok') return outcome;
      mayBeDone ||= outcome.kind === 'unknown';
      if (this.isStopped || performance.now() > until) return { kind: mayBeDone ? 'unknown' : 'not_done' };
      await delay(REPEAT_MS);
    }
  }
}
