import type { Position } from '@skreaver/protocol';
import type { HistoryPage, StoredPublication } from '../../backplane/index.js';

/** What comes directly after a position: all offsets, none twice. */
export interface ContiguousRun {
  readonly publications: readonly StoredPublication[];
  /** Of the last one; where there is none, the position itself. */
  readonly position: Position;
}

/** Why what comes after a position cannot be had: the counter is another one, or some of it is gone. */
export type UnrecoverableReason = 'epoch' | 'gap';

/**
 * Of publications in the order of their offsets, those that come directly after a position. What is at or before it is left
 * out, and so is everything from the first hole or change of epoch on.
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
 * What a page of history says of the time after a position. All or nothing: events are kept without a hole up to the top, so
 * a first one that is the next one proves that all are there, though the page may end before the top.
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
