import type { CutKind, CuttingProxy } from './cutting-proxy.js';

const KINDS: readonly CutKind[] = ['reset', 'finish', 'stall'];
/** A connection that is cut is left alone for at least so long. */
const PAUSE_MS = 100;

/** The most of each. */
export interface HarassmentBounds {
  /** Bytes until a cut. */
  readonly bytes: number;
  /** Time in ms between a cut and the next one, beside the pause. */
  readonly extraMs: number;
}

/** Cuts the connections of a proxy again and again, at any byte. A stalled one goes on after the pause. */
export class Harassment {
  private made = 0;
  private isOver = false;

  constructor(
    private readonly proxy: CuttingProxy,
    private readonly bounds: HarassmentBounds,
  ) {
    this.next();
  }

  /** How often it has cut. */
  get cuts(): number {
    return this.made;
  }

  /** Cuts no more, and lets what is stalled go on. */
  end(): void {
    this.isOver = true;
    this.proxy.spare();
    this.proxy.release();
  }

  private next(): void {
    if (this.isOver) return;
    const { bytes, extraMs } = this.bounds;
    const kind = KINDS[this.made % KINDS.length] as CutKind;
    this.proxy.cutAfter(1 + Math.floor(Math.random() * bytes), kind, () => {
      this.made += 1;
      setTimeout(
        () => {
          this.proxy.release();
          this.next();
        },
        PAUSE_MS + Math.random() * extraMs,
      );
    });
  }
}
