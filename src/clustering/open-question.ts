import type { AskOutcome } from '../backplane/index.js';

/** A question that nodes are being waited for, until one has an answer or none can have one any more. */
export class OpenQuestion {
  readonly outcome: Promise<AskOutcome>;
  private settle: (outcome: AskOutcome) => void = () => undefined;
  private fail: (error: unknown) => void = () => undefined;
  private asked = 0;
  private refused = 0;
  private readonly heard = new Set<string>();
  private missing: Set<string> | undefined;

  constructor() {
    this.outcome = new Promise((resolve, reject) => {
      this.settle = resolve;
      this.fail = reject;
    });
    // Whoever awaits it hears of it.
    this.outcome.catch(() => undefined);
  }

  hear(node: string, outcome: AskOutcome): void {
    if (this.heard.has(node)) return;
    this.heard.add(node);
    if (outcome.answer !== undefined) {
      this.settle(outcome);
      return;
    }
    this.asked += outcome.asked;
    this.refused += outcome.refused;
    this.missing?.delete(node);
    this.check();
  }

  await(nodes: readonly string[]): void {
    this.missing = new Set(nodes.filter((node) => !this.heard.has(node)));
    this.check();
  }

  /** Nodes that are not among these have ended. Each may have asked a connection. */
  keepOnly(live: ReadonlySet<string>): void {
    for (const node of this.missing ?? []) {
      if (live.has(node)) continue;
      this.missing?.delete(node);
      this.asked += 1;
    }
    this.check();
  }

  giveUp(error: unknown): void {
    this.fail(error);
  }

  private check(): void {
    if (this.missing?.size === 0) this.settle({ asked: this.asked, refused: this.refused });
  }
}
