import { describe, expect, it } from 'vitest';
import { ClusterLedger, type Kept } from './cluster-ledger.js';
import type { Outcome } from './receipts.js';

/** A channel `c` to which `p` publishes, and a subscriber `ann`. */
class Story {
  readonly ledger = new ClusterLedger();
  epoch = 'e1';

  /** Publishes `p#1` and so on, which are done at these offsets. */
  publish(...offsets: number[]): this {
    for (const offset of offsets) this.publishAs(`p#${offset}`, { kind: 'ok', position: this.at(offset) });
    return this;
  }

  publishAs(id: string, outcome: Outcome, hasKey = false): this {
    this.ledger.settle(this.ledger.begin(id, 'c', hasKey), outcome);
    return this;
  }

  subscribe(offset = 0): this {
    this.ledger.answered('ann', 'c', undefined, { ...this.at(offset), recovered: false });
    return this;
  }

  comeBack(since: number, recovered: boolean, offset: number): this {
    this.ledger.answered('ann', 'c', { epoch: 'e1', offset: since }, { ...this.at(offset), recovered });
    return this;
  }

  deliver(...offsets: number[]): this {
    for (const offset of offsets) this.deliverAs(offset, `p#${offset}`);
    return this;
  }

  deliverAs(offset: number, id: string): this {
    this.ledger.delivered('ann', { id, channel: 'c', position: this.at(offset), timestamp: 0 });
    return this;
  }

  tell(offset: number): this {
    this.ledger.told('ann', 'c', this.at(offset));
    return this;
  }

  /** The engine loses its memory: another epoch. */
  loseMemory(): this {
    this.ledger.mayLose = true;
    this.epoch = 'e2';
    return this;
  }

  /** The kinds of what is found, where the channel keeps these ids from offset 1 on. */
  found(...ids: string[]): string[] {
    const kept: Kept = { epoch: this.epoch, ids: new Map(ids.map((id, at) => [at + 1, id])) };
    this.ledger.judge(ids.length === 0 ? new Map() : new Map([['c', kept]]));
    return this.ledger.findings.map((finding) => finding.split(':', 1)[0] ?? '');
  }

  private at(offset: number) {
    return { epoch: this.epoch, offset };
  }
}

const story = (): Story => new Story();
const done = (epoch: string, offset: number): Outcome => ({ kind: 'ok', position: { epoch, offset } });

describe('the ledger of a cluster accepts', () => {
  it('a subscriber that gets each event once, in order, over a recovery', () => {
    const told = story().subscribe().publish(1, 2, 3).deliver(1, 2).comeBack(2, true, 3).deliver(3);
    expect(told.found('p#1', 'p#2', 'p#3')).toEqual([]);
  });

  it('events lost with the memory of the engine, where the subscriber is told', () => {
    const told = story().subscribe().publish(1, 2, 3).deliver(1).loseMemory();
    expect(told.tell(5).publish(6).deliver(6).found()).toEqual([]);
    expect(told.ledger.counts.told).toBe(1);
  });

  it('a recovery refused when the engine lost its memory', () => {
    expect(story().subscribe().publish(1).deliver(1).loseMemory().comeBack(1, false, 1).publish(2).found()).toEqual([]);
  });

  it('a publication of unknown outcome that is there once, late, or never', () => {
    const unknown: Outcome = { kind: 'unknown' };
    const never = story().subscribe().publishAs('p#0', unknown).publish(1).deliver(1);
    expect(never.found('p#1')).toEqual([]);
    const late = story().subscribe().publishAs('p#0', unknown).publish(1).deliver(1).deliverAs(2, 'p#0');
    expect(late.found('p#1', 'p#0')).toEqual([]);
  });

  it('a publication with a key that is repeated after its key was lost', () => {
    const told = story().subscribe();
    const publication = told.ledger.begin('p#1', 'c', true);
    told.deliver(1).loseMemory().tell(0);
    told.ledger.settle(publication, done('e2', 1));
    expect(told.deliver(1).found('p#1')).toEqual([]);
  });

  it('a user who gets what was published before the revocation resolved, or after it is in again', () => {
    const told = story().subscribe().publish(1);
    told.ledger.revocationResolved('ann', 'c');
    told.deliver(1);
    told.ledger.readmitted('ann', 'c');
    expect(told.publish(2).deliver(2).found()).toEqual([]);
  });
});

describe('the ledger of a cluster reports', () => {
  it('events of another epoch of which the subscriber was not told', () => {
    const told = story().subscribe().publish(1).deliver(1).loseMemory().publish(2);
    expect(told.deliver(2).found()).toEqual(['uninvited']);
  });

  it('a loss while the engine loses nothing, told or at a recovery', () => {
    expect(story().subscribe().publish(1, 2).deliver(1).tell(2).found()).toEqual(['unexplained']);
    expect(story().subscribe().publish(1, 2).deliver(1).comeBack(1, false, 2).found()).toEqual(['unexplained']);
  });

  it('an event lost, doubled or reordered', () => {
    expect(story().subscribe().publish(1, 2, 3).deliver(1, 3).found()).toEqual(['lost']);
    expect(story().subscribe().publish(1).deliver(1, 1).found()).toEqual(['doubled']);
    expect(story().subscribe().publish(1, 2).deliver(2, 1).found()).toEqual(['reordered']);
  });

  it('a loss at the seam of an epoch of which the subscriber is told', () => {
    expect(story().subscribe().publish(1, 2, 3).deliver(1, 3).loseMemory().tell(3).found()).toEqual(['lost']);
  });

  it('a recovery from another epoch', () => {
    expect(story().subscribe().loseMemory().comeBack(0, true, 0).found()).toEqual(['dishonest answer']);
  });

  it('a subscriber that is short of the end, or in another epoch', () => {
    const told = story().subscribe().publish(1, 2).deliver(1);
    told.ledger.endAt('c', { epoch: 'e1', offset: 2 });
    expect(told.ledger.isLevel('ann', 'c')).toBe(false);
    told.deliver(2);
    expect(told.ledger.isLevel('ann', 'c')).toBe(true);
    told.ledger.endAt('c', { epoch: 'e2', offset: 1 });
    expect(told.ledger.isLevel('ann', 'c')).toBe(false);
  });

  it('a publication that was done and is not kept where its receipt says', () => {
    expect(story().publish(1, 2).found('p#1')).toEqual(['false receipt']);
    expect(story().publish(1, 2).found('p#2', 'p#1')).toEqual(['false receipt', 'false receipt']);
  });

  it('a publication that was not done and appears, to a subscriber or in the history', () => {
    const refused = () => story().subscribe().publishAs('p#1', { kind: 'not_done' });
    expect(refused().deliver(1).found()).toEqual(['false receipt']);
    expect(refused().found('p#1')).toEqual(['false receipt']);
  });

  it('a receipt for a position at which another event stands', () => {
    expect(story().subscribe().publish(1).deliverAs(1, 'p#2').found()).toContain('altered');
  });

  it('a publication that is there twice', () => {
    const twice = () => story().subscribe().publishAs('p#1', done('e1', 1), true);
    expect(twice().deliverAs(1, 'p#1').deliverAs(2, 'p#1').found()).toEqual(['published twice']);
    expect(twice().found('p#1', 'p#1')).toEqual(['published twice']);
  });

  it('a publication without a key that is there in two epochs, as nobody repeated it', () => {
    const told = story().subscribe().publish(1).deliver(1).loseMemory().tell(1);
    expect(told.deliverAs(2, 'p#1').found()).toEqual(['published twice']);
  });

  it('publications that were done, in another order than they were published in', () => {
    const told = story().subscribe().publishAs('p#2', done('e1', 1)).publishAs('p#1', done('e1', 2));
    expect(told.deliverAs(1, 'p#2').deliverAs(2, 'p#1').found()).toEqual(['published out of order']);
  });

  it('an event that was published after a revocation resolved', () => {
    const told = story().subscribe();
    told.ledger.revocationResolved('ann', 'c');
    expect(told.publish(1).deliver(1).found()).toEqual(['revoked']);
  });

  it('an event that nobody published', () => {
    expect(story().subscribe().deliverAs(1, 'q#1').found()).toEqual(['uninvited']);
  });
});
