import type { Frame, Gap, OverflowGroup, Droppable } from './frame.js';

/** Frames and bytes by which an outbox is over its bound; zero or less is within it. */
export interface Overflow {
  frames: number;
  bytes: number;
}

export function isOver(excess: Overflow): boolean {
  return excess.frames > 0 || excess.bytes > 0;
}

/**
 * Drops frames of an outbox that is over its bound, and remembers the gap in each group. After a drop a newer frame of
 * the same group always waits. The first one that is written reports the gap.
 */
export class FrameDropper {
  private readonly gaps = new Map<OverflowGroup, Gap>();
  private readonly policies = new Set<OverflowGroup['overflow']>();

  /** @param onPolicy called with a policy the first time that it is applied */
  constructor(private readonly onPolicy: (policy: OverflowGroup['overflow']) => void) {}

  /**
   * Drops waiting frames until the pushed one fits: first those of its own group, by the group's policy, then the
   * oldest of any group that has a newer one.
   * @param excess overflow including the pushed frame; reduced by each dropped frame
   */
  makeRoom(waiting: Frame[], pushed: Frame, excess: Overflow): void {
    if (pushed.droppable !== undefined) this.dropOf(pushed.droppable.group, waiting, excess);
    if (isOver(excess)) this.dropOldest(waiting, excess);
  }

  /** Adds the gap of its group to the first frame after a drop; returns other frames unchanged. */
  withGapNotice(frame: Frame): Frame {
    const { droppable } = frame;
    const gap = droppable && this.gaps.get(droppable.group);
    if (droppable === undefined || gap === undefined) return frame;
    this.gaps.delete(droppable.group);
    return droppable.withGap(gap);
  }

  private dropOf(group: OverflowGroup, waiting: Frame[], excess: Overflow): void {
    let at = 0;
    while (at < waiting.length && (group.overflow === 'latest' || isOver(excess))) {
      const frame = waiting[at] as Frame;
      if (frame.droppable?.group === group) this.drop(waiting, at, frame.droppable, excess);
      else at += 1;
    }
  }

  private dropOldest(waiting: Frame[], excess: Overflow): void {
    const left = countByLane(waiting);
    let at = 0;
    while (at < waiting.length && isOver(excess)) {
      const { droppable } = waiting[at] as Frame;
      const ofGroup = droppable === undefined ? 0 : (left.get(droppable.group) as number);
      if (droppable !== undefined && ofGroup > 1) {
        left.set(droppable.group, ofGroup - 1);
        this.drop(waiting, at, droppable, excess);
      } else at += 1;
    }
  }

  private drop(waiting: Frame[], at: number, droppable: Droppable, excess: Overflow): void {
    for (const { bytes } of waiting.splice(at, 1)) excess.bytes -= bytes.length;
    excess.frames -= 1;
    this.note(droppable);
  }

  private note({ group, offset }: Droppable): void {
    const gap = this.gaps.get(group);
    const from = typeof gap === 'object' ? gap.from : gap === undefined ? offset : undefined;
    // An offset before the gap's first belongs to another epoch: the gap is then not a range of offsets.
    const isCounted = offset !== undefined && from !== undefined && from <= offset;
    this.gaps.set(group, isCounted ? { from, to: offset } : true);
    if (this.policies.has(group.overflow)) return;
    this.policies.add(group.overflow);
    this.onPolicy(group.overflow);
  }
}

function countByLane(frames: readonly Frame[]): Map<OverflowGroup, number> {
  const counts = new Map<OverflowGroup, number>();
  for (const { droppable } of frames)
    if (droppable !== undefined) counts.set(droppable.group, (counts.get(droppable.group) ?? 0) + 1);
  return counts;
}
