import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../random.js';
import { Aftermath } from './aftermath.js';
import { Cast, SETTINGS } from './cast.js';
import { ClusterLedger } from './cluster-ledger.js';
import { ClusterNode } from './cluster-node.js';
import { TorturedRedis } from './engine.js';
import type { Fault } from './faults/fault.js';
import { Revocations } from './revocations.js';

const NODES = ['north', 'east', 'west'];
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
  /** MB, of each node. */
  readonly heap: readonly number[];
}

/** Three servers, one Redis, and what happens to them; one fault after another, each until all is well again. */
export class ClusterTorture {
  readonly ledger = new ClusterLedger();
  readonly rows: Row[] = [];
  private readonly cast: Cast;
  private readonly revocations: Revocations;
  private readonly startedAt = performance.now();
  private readonly aftermath: Aftermath;
  private stirring: NodeJS.Timeout | undefined;

  private constructor(
    private readonly redis: TorturedRedis,
    private readonly nodes: readonly ClusterNode[],
    private readonly random: Random,
  ) {
    this.cast = new Cast(this.ledger, random);
    const { subscribers } = this.cast;
    this.revocations = new Revocations(nodes, subscribers, this.ledger, random, (each) => this.cast.guardedOf(each));
    this.aftermath = new Aftermath(nodes, this.cast, this.ledger, random);
  }

  static async start(random: Random): Promise<ClusterTorture> {
    const redis = await TorturedRedis.start();
    const nodes = await Promise.all(NODES.map((name) => ClusterNode.start(name, redis.port, SETTINGS)));
    return new ClusterTorture(redis, nodes, random);
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

  async run(faults: Iterable<Fault>): Promise<void> {
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

  private async suffer(fault: Fault): Promise<void> {
    const { ledger, random, redis, nodes } = this;
    const before = { ...ledger.counts, revokes: this.revocations.resolved };
    ledger.mayLose = fault.mayLose === true;
    this.excite();
    await delay(300 + random.below(300));
    await fault.happen({ redis, nodes, random });
    const overAt = performance.now();
    for (const node of nodes) node.assertRunning();
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
      heap: (await Promise.all(nodes.map((node) => node.heap()))).map((mb) => Math.round(mb)),
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
