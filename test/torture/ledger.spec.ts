import { describe, expect, it } from 'vitest';
import { type Answer, Ledger, type Promised } from './ledger.js';

const PROMISED: Promised = { size: 3, ttl: 1000, joinSize: 1000, mayBeEvicted: false };

/** A channel `c` to which `p` publishes, and a subscriber `ann`. */
class Story {
  readonly ledger: Ledger;
  epoch = 'e1';
  publishedAt = Date.now();

  constructor(promised: Partial<Promised> = {}) {
    this.ledger = new Ledger(() => ({ ...PROMISED, ...promised }));
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
  found(): string[] {
    this.ledger.close();
    return this.ledger.findings.map((finding) => finding.split(':', 1)[0] ?? '');
  }
}

const story = (promised?: Partial<Promised>): Story => new Story(promised);

describe('the ledger finds nothing in', () => {
  it('a subscriber that gets each event once, in order, over a recovery', () => {
    const told = story().publish(1, 2, 3, 4, 5).answer().deliver(1, 2).answer({ offset: 4, recovered: true }, 2);
    expect(told.deliver(3, 4, 5).found()).toEqual([]);
    expect(told.ledger.isLevel('ann', 'c')).toBe(true);
  });

  it('a hole that the event speaks of', () => {
    expect(story().publish(1, 2, 3, 4).answer().deliver(1).deliverAs(4, 'p#4', { from: 2, to: 3 }).found()).toEqual([]);
  });

  it('a recovery refused because the history is too short', () => {
    const told = story().publish(1, 2, 3, 4, 5).answer().deliver(1).answer({ offset: 5 }, 1);
    expect(told.found()).toEqual([]);
    expect(told.ledger.counts.refused).toEqual({ epoch: 0, size: 1, ttl: 0 });
  });

  it('a recovery refused because the oldest event missed is too old', () => {
    const told = story();
    told.publishedAt -= 1000;
    expect(told.publish(1, 2).answer().deliver(1).answer({ offset: 2 }, 1).found()).toEqual([]);
    expect(told.ledger.counts.refused.ttl).toBe(1);
  });

  it('a recovery refused in a new epoch that the publisher saw too, where memory may run short', () => {
    const told = story({ mayBeEvicted: true }).publish(1).answer().deliver(1);
    told.epoch = 'e2';
    expect(told.answer({}, 1).deliverAs(1, 'p#2').found()).toEqual([]);
    expect(told.ledger.counts.refused.epoch).toBe(1);
  });
});

describe('the ledger finds', () => {
  it('an event lost in the middle', () => {
    expect(story().publish(1, 2, 3).answer().deliver(1, 3).found()).toEqual(['lost']);
  });

  it('an event lost at the seam of a recovery', () => {
    const told = story().publish(1, 2, 3).answer().deliver(1).answer({ offset: 3, recovered: true }, 1);
    expect(told.deliver(3).found()).toEqual(['lost']);
  });

  it('an event lost at the seam of a refused recovery', () => {
    const told = story().publish(1, 2, 3, 4, 5, 6, 7).answer().deliver(1).answer({ offset: 5 }, 1);
    expect(told.deliver(7).found()).toEqual(['lost']);
  });

  it('a loss that a later recovery would hide', () => {
    const told = story().publish(1, 2, 3).answer().deliver(1, 3).answer({ offset: 3, recovered: true }, 3);
    expect(told.found()).toEqual(['lost']);
  });

  it('the last events lost, which no later one shows', () => {
    const told = story().publish(1, 2).answer().deliver(1);
    expect(told.ledger.isLevel('ann', 'c')).toBe(false);
  });

  it('an event doubled, while live and by a recovery', () => {
    expect(story().publish(1, 2).answer().deliver(1, 2, 2).found()).toEqual(['doubled']);
    const told = story().publish(1, 2).answer().deliver(1, 2).answer({ offset: 2, recovered: true }, 2);
    expect(told.deliver(2).found()).toEqual(['doubled']);
  });

  it('events reordered', () => {
    expect(story().publish(1, 2, 3).answer().deliver(1, 3, 2).found()).toEqual(['reordered']);
  });

  it('a gap told wrongly', () => {
    const told = story().publish(1, 2, 3, 4).answer().deliver(1);
    expect(told.deliverAs(4, 'p#4', { from: 3, to: 3 }).found()).toEqual(['lost', 'lost']);
  });

  it('a payload that stands elsewhere', () => {
    expect(story().publish(1, 2).answer().deliverAs(1, 'p#2').found()).toContain('altered');
  });

  it('an event after the subscription ended, before it began, or of another epoch', () => {
    const told = story().publish(1, 2).answer().deliver(1);
    told.ledger.left('ann', 'c');
    expect(told.deliver(2).found()).toEqual(['uninvited']);
    expect(story().publish(1).deliver(1).found()).toEqual(['uninvited']);
    const other = story({ mayBeEvicted: true }).answer();
    other.epoch = 'e2';
    expect(other.deliver(1).found()).toEqual(['uninvited']);
  });

  it('a recovery promised without a position, or from another epoch', () => {
    expect(story().answer({ recovered: true }).found()).toEqual(['dishonest answer']);
    expect(story().answer({ epoch: 'e2', recovered: true }, 1).found()).toEqual(['dishonest answer']);
  });

  it('a recovery refused though everything was there', () => {
    const told = story().publish(1, 2, 3, 4).answer().deliver(1).answer({ offset: 4 }, 1);
    expect(told.found()).toEqual(['unexplained']);
  });

  it('a new epoch where memory cannot run short, and one that no publisher ever saw', () => {
    const told = story().publish(1).answer().deliver(1);
    told.epoch = 'e2';
    expect(told.answer({}, 1).deliverAs(1, 'p#2').found()).toEqual(['unexplained']);
    const unseen = story({ mayBeEvicted: true }).publish(1).answer().deliver(1);
    expect(unseen.answer({ epoch: 'e2' }, 1).found()).toEqual(['unexplained']);
  });

  it('a publication that was repeated, or overtaken by a later one of its publisher', () => {
    const twice = story().answer();
    expect(twice.deliverAs(1, 'p#1').deliverAs(2, 'p#1').found()).toEqual(['published twice']);
    const overtaken = story().answer();
    expect(overtaken.deliverAs(1, 'p#2').deliverAs(2, 'p#1').found()).toEqual(['published out of order']);
  });
});
