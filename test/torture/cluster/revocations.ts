import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../random.js';
import type { Subscriber } from '../subscriber.js';
import type { ClusterLedger } from './cluster-ledger.js';
import type { TorturedServer } from './tortured-server.js';

const EVERY_MS = 400;
const REPEAT_MS = 200;
/** For which a revoked user stays out: what is published meanwhile must not reach it. */
const OUT_MS = 600;
const TOLD_WITHIN_MS = 20_000;
const ANSWER_MS = 15_000;

/** Revokes one subscription after another, on whatever node, and has the user come back later. */
export class Revocations {
  resolved = 0;
  private isPaused = false;
  private isStopped = false;
  private current: Promise<void> | undefined;

  constructor(
    private readonly nodes: readonly TorturedServer[],
    private readonly subscribers: readonly Subscriber[],
    private readonly ledger: ClusterLedger,
    private readonly random: Random,
    private readonly channelOf: (subscriber: Subscriber) => string,
  ) {}

  async run(): Promise<void> {
    while (!this.isStopped) {
      if (!this.isPaused) {
        this.current = this.revoke(this.random.pick(this.subscribers));
        await this.current;
      }
      await delay(EVERY_MS);
    }
  }

  /** Resolves when nobody is out. */
  async pause(): Promise<void> {
    this.isPaused = true;
    await this.current;
  }

  resume(): void {
    this.isPaused = false;
  }

  stop(): void {
    this.isStopped = true;
  }

  private async revoke(subscriber: Subscriber): Promise<void> {
    const { user } = subscriber;
    const channel = this.channelOf(subscriber);
    if (!subscriber.bar(channel)) return;
    while (!(await this.ask({ user_id: user, channel }))) {
      if (this.isStopped) return;
      await delay(REPEAT_MS);
    }
    this.ledger.revocationResolved(user, channel);
    this.resolved += 1;
    await delay(OUT_MS);
    await this.readmit(subscriber, channel);
  }

  /** The notice of the revocation may be on its way, or the client. */
  private async readmit(subscriber: Subscriber, channel: string): Promise<void> {
    for (const until = performance.now() + TOLD_WITHIN_MS; !subscriber.hasLost(channel); await delay(REPEAT_MS)) {
      if (this.isStopped) return;
      if (performance.now() < until) continue;
      this.ledger.find('revoked', `${subscriber.user} ${channel} was not told so`);
      break;
    }
    this.ledger.readmitted(subscriber.user, channel);
    subscriber.admit(channel);
  }

  /** One that is not confirmed by all nodes is asked for again, as applications do. */
  private async ask(revocation: object): Promise<boolean> {
    const node = this.random.pick(this.nodes);
    return node.post('/api/revoke', revocation, ANSWER_MS).then(
      ({ ok }) => ok,
      () => false,
    );
  }
}
