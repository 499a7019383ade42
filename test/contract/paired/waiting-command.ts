import type { CommandOutcome, CommandResult } from '../../../src/backplane/index.js';
import type { PairedBackplane } from './paired-backplane.js';

/** A command whose nodes are waited for: until all are done, or the rest has not begun in time. */
export class WaitingCommand {
  private affected = 0;
  private readonly replies: string[] = [];
  private readonly begun = new Set<PairedBackplane>();
  private readonly missing: Set<PairedBackplane>;
  private isLate = false;
  private resolve: (outcome: CommandOutcome) => void = () => {};
  readonly outcome = new Promise<CommandOutcome>((resolve) => (this.resolve = resolve));

  constructor(members: readonly PairedBackplane[]) {
    this.missing = new Set(members);
    this.check();
  }

  begin(member: PairedBackplane): void {
    this.begun.add(member);
  }

  finish(member: PairedBackplane, { affected, replyJson }: CommandResult): void {
    if (!this.missing.delete(member)) return;
    this.affected += affected;
    if (replyJson !== undefined) this.replies.push(replyJson);
    this.check();
  }

  /** A node that has ended is not waited for. */
  forget(member: PairedBackplane): void {
    this.missing.delete(member);
    this.check();
  }

  /** Nodes that have not begun it are not waited for any more. */
  beLate(): void {
    this.isLate = true;
    this.check();
  }

  /** What nodes say from now on does not arrive. */
  lose(): void {
    this.begun.clear();
    this.check();
  }

  private check(): void {
    if ([...this.missing].some((member) => !this.isLate || this.begun.has(member))) return;
    this.resolve({ affected: this.affected, unconfirmed: this.missing.size, replies: this.replies });
  }
}
