import type { StoredPublication } from '../../backplane/index.js';

/** Publications of one channel that came after a gap, in the order in which they came. */
export class HeldPublications {
  private held: StoredPublication[] = [];

  /** @param capacity maximum number of publications; beyond it all are dropped, as the history has them too */
  constructor(private readonly capacity: number) {}

  add(publication: StoredPublication): void {
    if (this.held.length >= this.capacity) this.held = [];
    this.held.push(publication);
  }

  clear(): void {
    this.held = [];
  }

  /** The epochs of the publications. */
  epochs(): Set<string> {
    return new Set(this.held.map(({ position }) => position.epoch));
  }

  /** Drops the publications of epochs that have ended. */
  dropOf(epochs: ReadonlySet<string>): void {
    this.held = this.held.filter(({ position }) => !epochs.has(position.epoch));
  }

  /**
   * Hands over the publications, oldest first, until one is not accepted: it is kept, as are those behind it.
   * @returns true if none is left
   */
  take(accept: (publication: StoredPublication) => boolean): boolean {
    const refused = this.held.findIndex((publication) => !accept(publication));
    this.held = refused === -1 ? [] : this.held.slice(refused);
    return this.held.length === 0;
  }
}
