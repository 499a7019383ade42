/** The keys of what nodes keep of themselves in one Redis. They share a hash tag. */
export class ControlKeys {
  /** Sorted set: nodes by the end of their lease. */
  readonly nodes: string;
  /** The node that removes members whose absence is over. */
  readonly sweeper: string;
  /** Differs when Redis has forgotten everything. */
  readonly memory: string;
  /** Which place this Redis has among several, and since which generation of their list. */
  readonly layout: string;
  private readonly begin: string;

  constructor(
    formatted: string,
    readonly tag: string,
  ) {
    this.begin = `${formatted}{${tag}}:`;
    this.nodes = `${this.begin}nodes`;
    this.sweeper = `${this.begin}sweeper`;
    this.memory = `${this.begin}memory`;
    this.layout = `${this.begin}layout`;
  }

  /** Pub/Sub: what is for one node alone. */
  inbox(node: string): string {
    return `${this.begin}n:${node}`;
  }

  /** The node that clears up after a dead one. */
  reaper(node: string): string {
    return `${this.begin}reap:${node}`;
  }
}
