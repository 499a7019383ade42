import type { Frame, Gap, Lane, Lossy } from './frame.js';

/** By how much an outbox is over its bound; what is not positive is within it. */
export interface Excess {
  frames: number;
  bytes: number;
}

export function isOver(excess: Excess): boolean {
  return excess.frames > 0 || excess.bytes > 0;
}

/**
 * What a socket has lost because it was too slow for its lanes, in one episode: from the first frame dropped until nothing
 * waits. A lane with a loss always has a later frame waiting, which tells of it.
 */
export class Losses {
  private readonly gaps = new Map<Lane, Gap>();
  private readonly policies = new Set<Lane['overflow']>();

  /** @param onPolicy told of a policy the first time that it is applied */
  constructor(private readonly onPolicy: (policy: Lane['overflow']) => void) {}

  /**
   * Drops frames that wait until one more fits: of its own lane as the lane wants it, then the oldest of any lane that has
   * a newer one.
   * @param excess with that frame; counted down
   */
  makeRoom(waiting: Frame[], pushed: Frame, excess: Excess): void {
    if (pushed.lossy !== undefined) this.dropOf(pushed.lossy.lane, waiting, excess);
    if (isOver(excess)) this.dropOldest(waiting, excess);
  }

  /** The frame as it is written: the first one of a lane after a loss tells of it. */
  told(frame: Frame): Frame {
    const { lossy } = frame;
    const gap = lossy && this.gaps.get(lossy.lane);
    if (lossy === undefined || gap === undefined) return frame;
    this.gaps.delete(lossy.lane);
    return lossy.afterLoss(gap);
  }

  private dropOf(lane: Lane, waiting: Frame[], excess: Excess): void {
    let at = 0;
    while (at < waiting.length && (lane.overflow === 'latest' || isOver(excess))) {
      const frame = waiting[at] as Frame;
      if (frame.lossy?.lane === lane) this.drop(waiting, at, frame.lossy, excess);
      else at += 1;
    }
  }

  private dropOldest(waiting: Frame[], excess: Excess): void {
    const left = countByLane(waiting);
    let at = 0;
    while (at < waiting.length && isOver(excess)) {
      const { lossy } = waiting[at] as Frame;
      const ofLane = lossy === undefined ? 0 : (left.get(lossy.lane) as number);
      if (lossy !== undefined && ofLane > 1) {
        left.set(lossy.lane, ofLane - 1);
        this.drop(waiting, at, lossy, excess);
      } else at += 1;
    }
  }

  private drop(waiting: Frame[], at: number, lossy: Lossy, excess: Excess): void {
    for (const { bytes } of waiting.splice(at, 1)) excess.bytes -= bytes.length;
    excess.frames -= 1;
    this.note(lossy);
  }

  private note({ lane, offset }: Lossy): void {
    const gap = this.gaps.get(lane);
    const from = typeof gap === 'object' ? gap.from : gap === undefined ? offset : undefined;
    // Offsets that go down are those of another epoch.
    const isCounted = offset !== undefined && from !== undefined && from <= offset;
    this.gaps.set(lane, isCounted ? { from, to: offset } : true);
    if (this.policies.has(lane.overflow)) return;
    this.policies.add(lane.overflow);
    this.onPolicy(lane.overflow);
  }
}

function countByLane(frames: readonly Frame[]): Map<Lane, number> {
  const counts = new Map<Lane, number>();
  for (const { lossy } of frames) if (lossy !== undefined) counts.set(lossy.lane, (counts.get(lossy.lane) ?? 0) + 1);
  return counts;
}
