/** One direction between a node and the engine. What is sent arrives later, in its order. */
export class OrderedWay {
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly travel: () => Promise<void>) {}

  /** Acts when what was sent now arrives. */
  carry<T>(act: () => T): Promise<T> {
    const arrived = this.last.then(this.travel);
    this.last = arrived;
    return arrived.then(act);
  }
}
