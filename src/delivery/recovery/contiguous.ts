import type { Position } from '@skreaver/protocol';
import type { HistoryPage, StoredPublication } from '../../backplane/index.js';

/** The publications directly after a position: consecutive offsets, without gaps or duplicates. */
export interface ContiguousRun {
  readonly publications: readonly StoredPublication[];
  /** The position of the last publication; without any, the position after which the run was taken. */
  readonly position: Position;
}

/** The reason why the run after a position is not available: another epoch, or events that are not kept any more. */
export type UnrecoverableReason = 'epoch' | 'gap';

/**
 * Takes the contiguous run after a position from publications in the order of their offsets. Skips those at or before
 * the position, and stops at the first gap or change of epoch.
 */
export function takeContiguous(after: Position, publications: readonly StoredPublication[]): ContiguousRun {
  const run: StoredPublication[] = [];
  let position = after;
  for (const publication of publications) {
    const { epoch, offset } = publication.position;
    if (epoch !== position.epoch || offset > position.offset + 1) break;
    if (offset <= position.offset) continue;
    run.push(publication);
    position = publication.position;
  }
  return { publications: run, position };
}

/**
 * Takes the run after a position from a page of history, all or nothing. A history has no gaps up to its top. So if the
 * first event follows the position directly, no event of the page is missing, though the page may end before the top.
 */
export function contiguousAfter(
  after: Position,
  { publications, top }: HistoryPage,
): ContiguousRun | UnrecoverableReason {
  if (top.epoch !== after.epoch) return 'epoch';
  const run = takeContiguous(after, publications);
  const isWhole = run.publications.length === publications.length;
  const isNothingLeft = publications.length === 0 && after.offset !== top.offset;
  return isWhole && !isNothingLeft ? run : 'gap';
}
