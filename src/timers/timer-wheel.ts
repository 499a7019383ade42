/**
 * An action that is due at a point in time. A timer is in at most one slot of one wheel, and can be armed any number of
 * times.
 */
export abstract class Timer {
  /** @internal */ dueTick = 0;
  /** @internal */ previous: Timer | undefined;
  /** @internal */ next: Timer | undefined;

  /**
   * @param lateMs by how much the event loop missed the due time. It is large after a pause of this process, for which
   * no peer must be blamed.
   */
  abstract fire(lateMs: number): void;
}

/** Head of a slot's circular list. */
class Slot extends Timer {
  constructor() {
    super();
    this.previous = this;
    this.next = this;
  }
  override fire(): void {}
}

const isEmpty = (slot: Slot): boolean => slot.next === slot;

class Once extends Timer {
  constructor(private readonly action: (lateMs: number) => void) {
    super();
  }
  override fire(lateMs: number): void {
    this.action(lateMs);
  }
}

const SLOTS = 1024;

/**
 * A hashed timer wheel (Varghese and Lauck): one Node timer for all deadlines of all connections. Arming and disarming
 * are O(1) and allocate nothing. Time is monotonic; a timer fires within one `tickMs` after it is due, never before.
 * The wheel sleeps through ticks without a timer, as waking up an idle process costs 80 µs.
 */
export class TimerWheel {
  private readonly slots = Array.from({ length: SLOTS }, () => new Slot());
  private readonly startedAt: number;
  private currentTick = 0;
  /** The tick for which the Node timer is set. */
  private wakeTick = 0;
  private timer: NodeJS.Timeout | undefined;
  private armed = 0;

  /**
   * @param tickMs resolution in ms
   * @param now monotonic clock, in ms
   */
  constructor(
    private readonly tickMs = 50,
    readonly now: () => number = performance.now.bind(performance),
  ) {
    this.startedAt = now();
  }

  /** The number of armed timers. */
  get size(): number {
    return this.armed;
  }

  /** Arms the timer for `delayMs` from now. An armed timer is moved. */
  arm(deadline: Timer, delayMs: number): void {
    this.disarm(deadline);
    const elapsed = this.now() - this.startedAt;
    // A wheel without timers has stopped, so its current tick is brought up to now. A slot at or before the current
    // tick would be visited only after a whole revolution.
    if (this.armed === 0) this.currentTick = Math.floor(elapsed / this.tickMs);
    deadline.dueTick = Math.max(Math.ceil((elapsed + delayMs) / this.tickMs), this.currentTick + 1);
    const slot = this.slots[deadline.dueTick % SLOTS] as Slot;
    deadline.previous = slot.previous;
    deadline.next = slot;
    (slot.previous as Timer).next = deadline;
    slot.previous = deadline;
    this.armed += 1;
    if (this.timer === undefined || deadline.dueTick < this.wakeTick) this.wakeAt(deadline.dueTick, elapsed);
  }

  /** Arms an action and returns its timer, for {@link disarm}. */
  after(delayMs: number, action: (lateMs: number) => void): Timer {
    const deadline = new Once(action);
    this.arm(deadline, delayMs);
    return deadline;
  }

  /** Has no effect if the timer is not armed. */
  disarm(deadline: Timer): void {
    const { previous, next } = deadline;
    if (previous === undefined || next === undefined) return;
    previous.next = next;
    next.previous = previous;
    deadline.previous = undefined;
    deadline.next = undefined;
    this.armed -= 1;
    if (this.armed === 0) this.stop();
  }

  private stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /**
   * Sets the Node timer to a tick of the grid. An interval with a phase of its own would delay timers by up to a tick.
   */
  private wakeAt(tick: number, elapsed: number): void {
    clearTimeout(this.timer);
    // Wakes after at most one revolution. The slot of a timer that is due later is then visited in vain.
    this.wakeTick = Math.min(tick, this.currentTick + SLOTS);
    // One millisecond is added, as a Node timer may fire slightly early by this clock. It would then be set for the
    // same tick again.
    this.timer = setTimeout(this.turn, Math.ceil(this.wakeTick * this.tickMs - elapsed) + 1);
    this.timer.unref();
  }

  /** Returns the first tick after the current one with a timer in its slot. */
  private nextTick(): number {
    let tick = this.currentTick + 1;
    while (tick < this.currentTick + SLOTS && isEmpty(this.slots[tick % SLOTS] as Slot)) tick += 1;
    return tick;
  }

  private readonly turn = (): void => {
    const elapsed = this.now() - this.startedAt;
    const lastTick = Math.floor(elapsed / this.tickMs);
    // After a pause longer than a revolution each slot is still visited only once.
    const firstTick = Math.max(this.currentTick + 1, lastTick - SLOTS + 1);
    this.currentTick = lastTick;
    this.wakeAt(this.nextTick(), elapsed);
    for (let tick = firstTick; tick <= lastTick; tick += 1) this.visit(this.slots[tick % SLOTS] as Slot, elapsed);
  };

  private visit(slot: Slot, elapsed: number): void {
    const due: Timer[] = [];
    for (let at = slot.next as Timer; at !== slot; at = at.next as Timer) {
      if (at.dueTick <= this.currentTick) due.push(at);
    }
    for (const deadline of due) {
      // A timer that fired earlier in this loop may have disarmed or moved this one.
      if (deadline.next === undefined || deadline.dueTick > this.currentTick) continue;
      this.disarm(deadline);
      deadline.fire(Math.max(0, elapsed - deadline.dueTick * this.tickMs));
    }
  }
}
