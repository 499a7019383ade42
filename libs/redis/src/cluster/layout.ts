import { randomBytes } from 'node:crypto';
import type { Keys } from '../keys/keys.js';
import { UnfitRedisError } from '../link/link-errors.js';
import type { RedisLink } from '../link/redis-link.js';
import { READ_LAYOUT, REPLACE_LAYOUT } from '../scripts/nodes.js';

export const OTHER_LAYOUT =
  'Nodes are running with another list of Redis, or other mirrors of channels; end all of them before the first one ' +
  'starts with this.';

/** The list of Redis is not settled yet, while another node begins. */
const PENDING = ' pending';

/** What a Redis says of its place: the shape, then the generation of the list. Empty for a Redis that was always alone. */
export const generationOf = (layout: string): string => layout.split(' ')[2] ?? '';

interface Stored {
  readonly layout: string;
  /** Live nodes beside this one. */
  readonly others: number;
}

/**
 * Which place each Redis has, as all nodes agree. A channel must not be looked for in two places, nor may a Redis that was
 * left out for a while go on where its channels ended: a list that differs from what is stored begins a generation, and with
 * it an epoch of every channel. That is refused while nodes run with the former list.
 */
export class Layout {
  /**
   * @param rules of where channels are placed, beside the list
   * @param shape of what says which place a channel has, for each Redis; by default the list
   */
  constructor(
    private readonly links: readonly RedisLink[],
    private readonly keys: Keys,
    private readonly node: string,
    private readonly rules: string,
    private readonly shape?: string,
  ) {}

  /**
   * @returns the layout of each Redis
   * @throws UnfitRedisError while nodes run with another one
   */
  async agree(): Promise<string[]> {
    for (;;) {
      const stored = await Promise.all(this.links.map((link) => this.read(link)));
      const generation = this.commonGeneration(stored.map(({ layout }) => layout));
      if (generation === '') return [''];
      const begun = generation ?? this.pendingGeneration(stored[0]?.layout ?? '') ?? newGeneration();
      const agreed = this.links.map((_, index) => this.layoutOf(index, begun));
      const isChanged = stored.some(({ layout, others }, index) => others > 0 && layout !== agreed[index]);
      if (isChanged) throw new UnfitRedisError(OTHER_LAYOUT);
      if (await this.store(stored, agreed, generation === undefined)) return agreed;
    }
  }

  /** The first is pending until all others are changed, so that whoever comes meanwhile goes on with the same generation. */
  private async store(stored: readonly Stored[], agreed: readonly string[], isNew: boolean): Promise<boolean> {
    const [first, firstAgreed] = [stored[0]?.layout ?? '', agreed[0] ?? ''];
    const begun = isNew ? firstAgreed + PENDING : firstAgreed;
    if (!(await this.replace(0, first, begun))) return false;
    for (let index = 1; index < agreed.length; index += 1) {
      if (!(await this.replace(index, stored[index]?.layout ?? '', agreed[index] ?? ''))) return false;
    }
    return this.replace(0, begun, firstAgreed);
  }

  /** That of all which say one; undefined where they differ; empty where there never was more than one Redis. */
  private commonGeneration(layouts: readonly string[]): string | undefined {
    const said = layouts.filter((layout) => layout !== '');
    if (said.length === 0) return layouts.length === 1 && this.shape === undefined ? '' : undefined;
    const generation = generationOf(said[0] ?? '');
    const isSame = layouts.every((layout, index) => layout === '' || layout === this.layoutOf(index, generation));
    return isSame ? generation : undefined;
  }

  /** That of a node which has begun, and not ended. */
  private pendingGeneration(first: string): string | undefined {
    const generation = generationOf(first);
    return first === this.layoutOf(0, generation) + PENDING ? generation : undefined;
  }

  private layoutOf(index: number, generation: string): string {
    if (this.shape !== undefined) return `${this.shape} ${this.rules} ${generation}`;
    const rules = this.links.length === 1 ? '' : this.rules;
    return `${index + 1}/${this.links.length} ${rules} ${generation}`;
  }

  private async read(link: RedisLink): Promise<Stored> {
    const keys = [this.keys.control.layout, this.keys.control.nodes];
    const [layout, others] = (await link.run(READ_LAYOUT, keys, ['', this.node], 'read')) as [string, number];
    return { layout, others };
  }

  private async replace(index: number, former: string, next: string): Promise<boolean> {
    const done = await this.links[index]?.run(REPLACE_LAYOUT, [this.keys.control.layout], [former, next], 'read');
    return done === 1;
  }
}

const newGeneration = (): string => randomBytes(6).toString('hex');
