import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../random.js';
import { Aftermath } from './aftermath.js';
import { Cast } from './cast.js';
import { ClusterLedger } from './cluster-ledger.js';
import type { Fault } from './faults/fault.js';
import { Revocations } from './revocations.js';
import type { TorturedServer } from './tortured-server.js';

/** What came of one fault. */
export interface Row {
  readonly fault: string;
  /** ms from its end until a publication through every node reached everyone. */
  readonly liveAgain: number;
  /** ms from then on until the members of every room were right on every node. */
  readonly membersRight: number;
  readonly deliveries: number;
  readonly recovered: number;
  /** Subscriptions that were told of a loss, asked or unasked. */
  readonly told: number;
  readonly revokes: number;
  /** MB, of each server. */
  readonly heap: readonly number[];
}

/** Servers, their clients, and what happens to them; one fault after another, each until all is well again. */
export class ClusterTorture<S extends { readonly random: Random }> {
  readonly ledger = new ClusterLedger();
  readonly rows: Row[] = [];
  private readonly cast: Cast;
  private readonly revocations: Revocations;
  private readonly startedAt = performance.now();
  private readonly aftermath: Aftermath;
  private stirring: NodeJS.Timeout | undefined;

  /** @param nodes a group of clients is with each; may name a server of several processes several times */
  constructor(
    private readonly stage: S,
    private readonly nodes: readonly TorturedServer[],
  ) {
    const { random } = stage;
    this.cast = new Cast(this.ledger, random);
    const { subscribers } = this.cast;
    this.revocations = new Revocations(nodes, subscribers, this.ledger, random, (each) => this.cast.guardedOf(each));
    this.aftermath = new Aftermath(nodes, this.cast, this.ledger, random);
  }

  /** What was done, and what came of it. */
  get figures() {
    return {
      seconds: Math.round((performance.now() - this.startedAt) / 1000),
      faults: this.rows.length,
      ...this.ledger.counts,
      ...this.ledger.receipts.counts,
      revokes: this.revocations.resolved,
      liveAgain: Math.max(...this.rows.map(({ liveAgain }) => liveAgain)),
    };
  }

  async run(faults: Iterable<Fault<S>>): Promise<void> {
    for (const node of this.nodes) await this.cast.join(node);
    for (const subscriber of this.cast.subscribers) subscriber.connect();
    const { publishers } = this.cast;
    const work = [...publishers.map((publisher) => publisher.run()), this.revocations.run()];
    try {
      await this.aftermath.begin();
      for (const fault of faults) {
        await this.suffer(fault);
        if (this.ledger.findings.length > 0) break;
      }
    } finally {
      this.end();
    }
    await Promise.all(work);
    this.ledger.judge(await this.aftermath.memory());
  }

  private async suffer(fault: Fault<S>): Promise<void> {
    const { ledger, stage } = this;
    const servers = [...new Set(this.nodes)];
    const before = { ...ledger.counts, revokes: this.revocations.resolved };
    ledger.mayLose = fault.mayLose === true;
    this.excite();
    await delay(300 + stage.random.below(300));
    await fault.happen(stage);
    const overAt = performance.now();
    for (const server of servers) server.assertRunning();
    const liveAgain = await this.aftermath.live(fault.name);
    await this.calm();
    await this.aftermath.level(fault.name);
    const membersRight = await this.aftermath.members(fault.name, overAt);
    const { counts } = ledger;
    this.rows.push({
      fault: fault.name,
      liveAgain: Math.round(liveAgain),
      membersRight: Math.round(membersRight),
      deliveries: counts.deliveries - before.deliveries,
      recovered: counts.recovered - before.recovered,
      told: counts.told + counts.refused - before.told - before.refused,
      revokes: this.revocations.resolved - before.revokes,
      heap: (await Promise.all(servers.map((server) => server.heap()))).map((mb) => Math.round(mb)),
    });
    ledger.mayLose = false;
  }

  private excite(): void {
    for (const line of this.cast.lines) line.plan();
    for (const publisher of this.cast.publishers) publisher.resume();
    this.revocations.resume();
    this.stirring = setInterval(() => this.cast.stir(), 50);
  }

  /** Everything that was begun ends. */
  private async calm(): Promise<void> {
    clearInterval(this.stirring);
    for (const line of this.cast.lines) line.spare();
    await Promise.all([...this.cast.publishers.map((publisher) => publisher.pause()), this.revocations.pause()]);
  }

  private end(): void {
    clearInterval(this.stirring);
    for (const subscriber of this.cast.subscribers) subscriber.stop();
    for (const publisher of this.cast.publishers) publisher.stop();
    this.revocations.stop();
  }
}
