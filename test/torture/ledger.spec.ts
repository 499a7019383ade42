import { describe, expect, it } from 'vitest';
import { Ledger, type LookUp, type Promised } from './ledger.js';
import type { Answer } from './subscriber-book.js';

const PROMISED: Promised = { size: 3, ttl: 1000, mayForget: false };

/** A channel `c` to which `p` publishes, and a subscriber `ann`. */
class Story {
  readonly ledger: Ledger;
  epoch = 'e1';
  publishedAt = Date.now();

  constructor(promised: Partial<Promised> = {}, found: LookUp = { epoch: 'e1', isWhole: false }) {
    this.ledger = new Ledger(
      () => ({ ...PROMISED, ...promised }),
      async () => found,
    );
  }

  publish(...offsets: number[]): this {
    for (const offset of offsets) {
      this.ledger.published('c', `p#${offset}`, { epoch: this.epoch, offset }, this.publishedAt);
    }
    return this;
  }

  answer(answer: Partial<Answer> = {}, since?: number): this {
    const position = since === undefined ? undefined : { epoch: 'e1', offset: since };
    this.ledger.answered('ann', 'c', position, { epoch: this.epoch, offset: 0, recovered: false, ...answer });
    return this;
  }

  deliver(...offsets: number[]): this {
    for (const offset of offsets) this.deliverAs(offset, `p#${offset}`);
    return this;
  }

  deliverAs(offset: number, id: string, gap?: { from: number; to: number } | true): this {
    const position = { epoch: this.epoch, offset };
    const event = { id, channel: 'c', position, timestamp: this.publishedAt, gap };
    this.ledger.delivered('ann', event);
    return this;
  }

  /** The kinds of what is found. */
  async found(): Promise<string[]> {
    await this.ledger.close();
    return this.ledger.findings.map((finding) => finding.split(':', 1)[0] ?? '');
  }
}

const story = (promised?: Partial<Promised>): Story => new Story(promised);

describe('the ledger accepts', () => {
  it('a subscriber that gets each event once, in order, over a recovery', async () => {
    const told = story().publish(1, 2, 3, 4, 5).answer().deliver(1, 2).answer({ offset: 4, recovered: true }, 2);
    expect(await told.deliver(3, 4, 5).found()).toEqual([]);
    expect(told.ledger.isLevel('ann', 'c')).toBe(true);
  });

  it('a hole that the event speaks of', async () => {
    expect(
      await story().publish(1, 2, 3, 4).answer().deliver(1).deliverAs(4, 'p#4', { from: 2, to: 3 }).found(),
    ).toEqual([]);
  });

  it('a recovery refused because the history is too short', async () => {
    const told = story().publish(1, 2, 3, 4, 5).answer().deliver(1).answer({ offset: 5 }, 1);
    expect(await told.found()).toEqual([]);
    expect(told.ledger.counts.refused).toMatchObject({ epoch: 0, size: 1, ttl: 0 });
  });

  it('a recovery refused because the oldest event missed is too old', async () => {
    const told = story();
    told.publishedAt -= 1000;
    expect(await told.publish(1, 2).answer().deliver(1).answer({ offset: 2 }, 1).found()).toEqual([]);
    expect(told.ledger.counts.refused.ttl).toBe(1);
  });

  it('a recovery refused because memory ran short, where it may', async () => {
    const told = story({ mayForget: true }).publish(1, 2).answer().deliver(1).answer({ offset: 2 }, 1);
    expect(await told.found()).toEqual([]);
    expect(told.ledger.counts.refused.memory).toBe(1);
  });

  it('a recovery refused in a new epoch that the publisher saw too, where memory may run short', async () => {
    const told = story({ mayForget: true }).publish(1).answer().deliver(1);
    told.epoch = 'e2';
    expect(await told.answer({}, 1).deliverAs(1, 'p#2').found()).toEqual([]);
    expect(told.ledger.counts.refused.epoch).toBe(1);
  });
});

describe('the ledger reports', () => {
  it('an event lost in the middle', async () => {
    expect(await story().publish(1, 2, 3).answer().deliver(1, 3).found()).toEqual(['lost']);
  });

  it('an event lost at the seam of a recovery', async () => {
    const told = story().publish(1, 2, 3).answer().deliver(1).answer({ offset: 3, recovered: true }, 1);
    expect(await told.deliver(3).found()).toEqual(['lost']);
  });

  it('an event lost at the seam of a refused recovery', async () => {
    const told = story().publish(1, 2, 3, 4, 5, 6, 7).answer().deliver(1).answer({ offset: 5 }, 1);
    expect(await told.deliver(7).found()).toEqual(['lost']);
  });

  it('a loss that a later recovery would hide', async () => {
    const told = story().publish(1, 2, 3).answer().deliver(1, 3).answer({ offset: 3, recovered: true }, 3);
    expect(await told.found()).toEqual(['lost']);
  });

  it('the last events lost, which no later one shows', async () => {
    const told = story().publish(1, 2).answer().deliver(1);
    expect(told.ledger.isLevel('ann', 'c')).toBe(false);
  });

  it('an event doubled, while live and by a recovery', async () => {
    expect(await story().publish(1, 2).answer().deliver(1, 2, 2).found()).toEqual(['doubled']);
    const told = story().publish(1, 2).answer().deliver(1, 2).answer({ offset: 2, recovered: true }, 2);
    expect(await told.deliver(2).found()).toEqual(['doubled']);
  });

  it('events reordered', async () => {
    expect(await story().publish(1, 2, 3).answer().deliver(1, 3, 2).found()).toEqual(['reordered']);
  });

  it('a gap told wrongly', async () => {
    const told = story().publish(1, 2, 3, 4).answer().deliver(1);
    expect(await told.deliverAs(4, 'p#4', { from: 3, to: 3 }).found()).toEqual(['lost', 'lost']);
  });

  it('a payload that stands elsewhere', async () => {
    expect(await story().publish(1, 2).answer().deliverAs(1, 'p#2').found()).toContain('altered');
  });

  it('an event after the subscription ended, before it began, or of another epoch', async () => {
    const told = story().publish(1, 2).answer().deliver(1);
    told.ledger.left('ann', 'c');
    expect(await told.deliver(2).found()).toEqual(['uninvited']);
    expect(await story().publish(1).deliver(1).found()).toEqual(['uninvited']);
    const other = story({ mayForget: true }).answer();
    other.epoch = 'e2';
    expect(await other.deliver(1).found()).toEqual(['uninvited']);
  });

  it('a recovery promised without a position, or from another epoch', async () => {
    expect(await story().answer({ recovered: true }).found()).toEqual(['dishonest answer']);
    expect(await story().answer({ epoch: 'e2', recovered: true }, 1).found()).toEqual(['dishonest answer']);
  });

  it('a recovery refused though everything was there', async () => {
    const told = story().publish(1, 2, 3, 4).answer().deliver(1).answer({ offset: 4 }, 1);
    expect(await told.found()).toEqual(['unexplained']);
  });

  it('a recovery refused for a reason that was none, as everything was still there', async () => {
    const told = new Story({ mayForget: true }, { epoch: 'e1', isWhole: true }).publish(1, 2).answer().deliver(1);
    expect(await told.answer({ offset: 2 }, 1).found()).toEqual(['unexplained']);
  });

  it('a new epoch where memory cannot run short, and one that no publisher ever saw', async () => {
    const told = story().publish(1).answer().deliver(1);
    told.epoch = 'e2';
    expect(await told.answer({}, 1).deliverAs(1, 'p#2').found()).toEqual(['unexplained']);
    const unseen = story({ mayForget: true }).publish(1).answer().deliver(1);
    expect(await unseen.answer({ epoch: 'e2' }, 1).found()).toEqual(['unexplained']);
  });

  it('a publication that was repeated, or overtaken by a later one of its publisher', async () => {
    const twice = story().answer();
    expect(await twice.deliverAs(1, 'p#1').deliverAs(2, 'p#1').found()).toEqual(['published twice']);
    const overtaken = story().answer();
    expect(await overtaken.deliverAs(1, 'p#2').deliverAs(2, 'p#1').found()).toEqual(['published out of order']);
  });
});
