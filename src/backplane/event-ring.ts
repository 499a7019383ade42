import type { StoredPublication } from './backplane.js';

const SMALLEST = 4;

/**
 * The events of one channel, oldest first: at both ends O(1), by place O(1). Takes room for at most four times as many as
 * it holds, and none when it is empty.
 *
 * ```
 *  slots  │ 7 │ 8 │   │   │ 4 │ 5 │ 6 │        first is the oldest; places count from there, round the end
 *                           ▲ first
 * ```
 */
export class EventRing {
  private events: (StoredPublication | undefined)[] = [];
  /** When each was added. Apart from the events, as a number in an array of numbers takes 8 bytes and no object. */
  private times: number[] = [];
  private first = 0;
  private count = 0;

  get length(): number {
    return this.count;
  }

  /** When the oldest was added. */
  get firstTime(): number {
    return this.times[this.first] ?? 0;
  }

  /** @param place from 0, the oldest, to `length` - 1 */
  at(place: number): StoredPublication {
    return this.events[this.slot(place)] as StoredPublication;
  }

  push(event: StoredPublication, time: number): void {
    if (this.count === this.events.length) this.resize(Math.max(SMALLEST, 2 * this.count));
    const slot = this.slot(this.count);
    this.events[slot] = event;
    this.times[slot] = time;
    this.count += 1;
  }

  /** Takes the oldest out; there must be one. */
  shift(): StoredPublication {
    const event = this.at(0);
    this.events[this.first] = undefined;
    this.first = this.slot(1);
    this.count -= 1;
    if (this.count === 0) this.clear();
    else if (this.count < this.events.length / 4) this.resize(this.events.length / 2);
    return event;
  }

  clear(): void {
    this.events = [];
    this.times = [];
    this.first = 0;
    this.count = 0;
  }

  /** The number of slots is a power of two. */
  private slot(place: number): number {
    return (this.first + place) & (this.events.length - 1);
  }

  private resize(slots: number): void {
    const events = Array.from<StoredPublication | undefined>({ length: slots });
    const times = Array.from({ length: slots }, () => 0);
    for (let place = 0; place < this.count; place += 1) {
      events[place] = this.at(place);
      times[place] = this.times[this.slot(place)] ?? 0;
    }
    this.events = events;
    this.times = times;
    this.first = 0;
  }
}
