/** A set with a promise that resolves when its last member is deleted. */
export class DrainingSet<T> extends Set<T> {
  private waiting: (() => void)[] = [];

  /** Resolves in the turn in which the last member is deleted; at once if the set is empty already. */
  whenEmpty(): Promise<void> {
    if (this.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  override delete(member: T): boolean {
    const wasMember = super.delete(member);
    if (this.size === 0) for (const resolve of this.waiting.splice(0)) resolve();
    return wasMember;
  }
}
