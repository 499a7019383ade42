import type { BackplaneNode, EnginePart } from '@skreaver/nestjs-ws';
import type { Keys } from '../keys/keys.js';
import type { RedisPart } from '../redis-part.js';

const LIVE_MS = 1000;

/**
 * Partitions that are elsewhere now, or nowhere: their channels are subscribed where they are, and the node compares its
 * positions then, as it does after a cut.
 */
export class Moves {
  private readonly moving = new Set<EnginePart>();
  private readonly waiting = new Set<() => void>();
  private isStopped = false;

  /**
   * @param partOf the part that has a partition; undefined where none has
   * @param read resolves when the slot map was read again
   */
  constructor(
    private readonly node: BackplaneNode,
    private readonly keys: Keys,
    private readonly partOf: (partition: number) => RedisPart | undefined,
    private readonly read: () => Promise<void>,
  ) {}

  get isMoving(): boolean {
    return this.moving.size > 0;
  }

  async begin(partitions: ReadonlySet<number>): Promise<void> {
    const area: EnginePart = { holds: (channel) => partitions.has(this.keys.partitionOf(channel)) };
    this.moving.add(area);
    this.node.interrupted(area);
    while (!this.isStopped && !(await this.reopen(partitions))) await this.read();
    this.moving.delete(area);
    if (!this.isMoving) this.tellWaiting();
    if (!this.isStopped) this.node.restored({ memory: 'kept', commands: 'kept' }, area);
  }

  /** Resolves when all channels are subscribed where they are, or the time is over. */
  async settled(withinMs: number): Promise<void> {
    if (!this.isMoving || withinMs <= 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.waiting.add(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  stop(): void {
    this.isStopped = true;
    this.tellWaiting();
  }

  private tellWaiting(): void {
    for (const tell of this.waiting) tell();
    this.waiting.clear();
  }

  /** @returns whether all channels of the partitions are subscribed where they are */
  private async reopen(partitions: ReadonlySet<number>): Promise<boolean> {
    const parts = new Set([...partitions].map((partition) => this.partOf(partition)));
    try {
      await Promise.all([...parts].map((part) => this.reopenIn(part, partitions)));
      return true;
    } catch {
      return false;
    }
  }

  private async reopenIn(part: RedisPart | undefined, partitions: ReadonlySet<number>): Promise<void> {
    if (part === undefined) throw new Error('No primary has them.');
    await part.link.whenLive(LIVE_MS);
    await part.channels.reopen(partitions);
  }
}
