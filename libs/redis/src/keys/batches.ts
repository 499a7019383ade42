/**
 * Divides items into batches of at most so many.
 * @param groupOf where given, those of one batch are of one group
 */
export function batchesOf<T>(items: Iterable<T>, atOnce: number, groupOf?: (item: T) => unknown): T[][] {
  const batches: T[][] = [];
  const open = new Map<unknown, T[]>();
  for (const item of items) {
    const group = groupOf?.(item);
    const batch = open.get(group);
    if (batch !== undefined && batch.length < atOnce) {
      batch.push(item);
    } else {
      const begun = [item];
      open.set(group, begun);
      batches.push(begun);
    }
  }
  return batches;
}
