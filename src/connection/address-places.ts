import type { AddressClaim } from '../backplane/index.js';

type Decide = (isTaken: boolean) => void;

/** The connections of one address on this node, and those that wait to be opened. */
export class AddressPlaces {
  private held = 0;
  private waiting: Decide[] = [];
  /** Those in the claim that is under way. */
  private claimed: Decide[] = [];
  private saidLast = 0;
  /** Whether the backplane may know of connections here. */
  isSaid = false;

  constructor(
    readonly key: string,
    private readonly max: number,
  ) {}

  /** Nothing is held here, and nothing has to be said of it. */
  get isIdle(): boolean {
    return this.held === 0 && this.waiting.length === 0 && !this.isSaid;
  }

  wait(decide: Decide): void {
    this.waiting.push(decide);
  }

  release(): void {
    this.held -= 1;
  }

  say(): AddressClaim {
    this.claimed = this.waiting;
    this.waiting = [];
    this.isSaid = true;
    this.saidLast = this.held;
    return { address: this.key, held: this.held, wanted: this.claimed.length };
  }

  /** @returns false when other places were taken meanwhile, or given back */
  answered(taken: number): boolean {
    const said = this.saidLast + taken;
    const { claimed } = this;
    this.claimed = [];
    claimed.forEach((decide, index) => this.decide(decide, index < taken));
    this.isSaid = said > 0;
    return this.held === said;
  }

  /** By what this node knows. */
  decideAlone(): void {
    const undecided = [...this.claimed, ...this.waiting];
    this.claimed = [];
    this.waiting = [];
    for (const decide of undecided) this.decide(decide, this.held < this.max);
  }

  private decide(decide: Decide, isTaken: boolean): void {
    if (isTaken) this.held += 1;
    decide(isTaken);
  }
}
