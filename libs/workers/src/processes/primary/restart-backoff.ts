const FIRST_MS = 100;
const LONGEST_MS = 10_000;
/** A worker that lived for so long did not die of its start. */
const SETTLED_MS = 10_000;

/** How long the replacement of a worker waits: not at all, unless workers die young one after another. */
export class RestartBackoff {
  private young = 0;

  /** @returns milliseconds until the next one is started */
  after(livedMs: number): number {
    if (livedMs >= SETTLED_MS) this.young = 0;
    const delay = this.young === 0 ? 0 : Math.min(LONGEST_MS, FIRST_MS * 2 ** (this.young - 1));
    this.young += 1;
    return delay;
  }
}
