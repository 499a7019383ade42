import type { CommandResult } from '../backplane/index.js';

/** A command that nodes are being waited for: at most for a time until they have begun it, then until they are done. */
export class Unconfirmed {
  affected = 0;
  readonly replies: string[] = [];
  private readonly begun = new Set<string>();
  private readonly done = new Set<string>();
  private missing: Set<string> | undefined;
  private resolve: (() => void) | undefined;
  private isLate = false;

  begin(node: string): void {
    this.begun.add(node);
  }

  finish(node: string, { affected, replyJson }: CommandResult): void {
    if (this.done.has(node)) return;
    this.done.add(node);
    this.affected += affected;
    if (replyJson !== undefined) this.replies.push(replyJson);
    this.missing?.delete(node);
    this.check();
  }

  /** Nodes that are not among these have ended, and their connections with them. */
  keepOnly(live: ReadonlySet<string>): void {
    for (const node of this.missing ?? []) if (!live.has(node)) this.missing?.delete(node);
    this.check();
  }

  /** What nodes say now may not arrive here: those that have begun are no longer waited for either. */
  lose(): void {
    this.begun.clear();
    this.check();
  }

  /** @returns the number of nodes that have not confirmed */
  async all(nodes: readonly string[], withinMs: number): Promise<number> {
    const missing = new Set(nodes.filter((node) => !this.done.has(node)));
    this.missing = missing;
    if (missing.size === 0) return 0;
    const timer = setTimeout(() => {
      this.isLate = true;
      this.check();
    }, withinMs);
    await new Promise<void>((resolve) => (this.resolve = resolve));
    clearTimeout(timer);
    return missing.size;
  }

  private check(): void {
    if (this.missing === undefined) return;
    const isWaitedFor = (node: string): boolean => !this.isLate || this.begun.has(node);
    if (![...this.missing].some(isWaitedFor)) this.resolve?.();
  }
}
