/** Holds back whoever passes until it is opened, and tells how many wait. */
export class Latch {
  private isOpen = true;
  private held: (() => void)[] = [];
  private watchers: (() => void)[] = [];

  get waiting(): number {
    return this.held.length;
  }

  close(): void {
    this.isOpen = false;
  }

  open(): void {
    this.isOpen = true;
    for (const go of this.held.splice(0)) go();
  }

  async wait(): Promise<void> {
    if (this.isOpen) return;
    await new Promise<void>((go) => {
      this.held.push(go);
      for (const told of this.watchers.splice(0)) told();
    });
  }

  /** Resolves once so many wait. */
  async reached(count = 1): Promise<void> {
    while (this.held.length < count) await new Promise<void>((told) => this.watchers.push(told));
  }
}
