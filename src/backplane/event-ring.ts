import type { StoredPublication } from './backplane.js';
import { EVENT_BYTES, RING_BYTES, SLOT_BYTES, textBytes } from './memory-cost.js';

const FEWEST_SLOTS = 4;

/**
 * The events of one channel, oldest first. Both ends and every place cost the same however many there are. Has room for at
 * most four times as many as it holds, or for four; none before the first event and after `clear`.
 *
 * ```
 *  events │ e7 │ e8 │    │    │ e4 │ e5 │ e6 │      slot of place p: (first + p) modulo the slots
 *  marks  │t b │t b │    │    │t b │t b │t b │      when it was added, and the bytes it takes
 *                               ▲ first
 * ```
 *
 * The marks are apart, as small integers in an array: dropping an event does not touch it, which after a while is no longer
 * in any cache (with 100,000 channels 0.3 of 1.2 µs per publication).
 */
export class EventRing {
  private events: (StoredPublication | undefined)[] = [];
  private marks: number[] = [];
  private first = 0;
  private count = 0;
  private eventBytes = 0;

  get length(): number {
    return this.count;
  }

  get bytes(): number {
    const slots = this.events.length;
    return slots === 0 ? 0 : RING_BYTES + SLOT_BYTES * slots + this.eventBytes;
  }

  /** When the oldest was added; there must be one. */
  get firstTime(): number {
    return this.marks[2 * this.first] as number;
  }

  /** @param place from 0, the oldest, to `length` - 1 */
  at(place: number): StoredPublication {
    return this.events[this.slot(place)] as StoredPublication;
  }

  push(event: StoredPublication, time: number): void {
    if (this.count === this.events.length) this.resize(Math.max(FEWEST_SLOTS, 2 * this.count));
    this.put(this.slot(this.count), event, time, EVENT_BYTES + textBytes(event.dataJson));
    this.count += 1;
  }

  /** Drops the oldest; there must be one. */
  shift(): void {
    this.eventBytes -= this.marks[2 * this.first + 1] as number;
    this.events[this.first] = undefined;
    this.first = this.slot(1);
    this.count -= 1;
    const slots = this.events.length;
    if (slots > FEWEST_SLOTS && this.count < slots / 4) this.resize(slots / 2);
  }

  clear(): void {
    this.events = [];
    this.marks = [];
    this.first = 0;
    this.count = 0;
    this.eventBytes = 0;
  }

  /** The number of slots is a power of two. */
  private slot(place: number): number {
    return (this.first + place) & (this.events.length - 1);
  }

  private put(slot: number, event: StoredPublication, time: number, bytes: number): void {
    this.events[slot] = event;
    this.marks[2 * slot] = time;
    this.marks[2 * slot + 1] = bytes;
    this.eventBytes += bytes;
  }

  private resize(slots: number): void {
    const { events, marks, first, count } = this;
    this.clear();
    // Made at their length: an array that grows by itself takes more.
    this.events = Array.from({ length: slots });
    this.marks = Array.from({ length: 2 * slots }, () => 0);
    this.count = count;
    for (let place = 0; place < count; place += 1) {
      const slot = (first + place) & (events.length - 1);
      this.put(place, events[slot] as StoredPublication, marks[2 * slot] as number, marks[2 * slot + 1] as number);
    }
  }
}
