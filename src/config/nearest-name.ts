const MOST_SLIPS = 3;

/** As people mistype it: `max_connections` and `MaxConnections` are `maxConnections`. */
const plain = (name: string): string => name.toLowerCase().replace(/[_-]/g, '');

/** One slip per four characters, at least one. */
const slipsAllowed = (name: string): number => Math.min(MOST_SLIPS, Math.max(1, Math.floor(name.length / 4)));

/** How many characters to insert, remove or replace to get from one text to the other (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let line = 0; line < from.length; line++) {
    let left = line + 1;
    let diagonal = line;
    row = row.map((above, column) => {
      if (column > 0) left = Math.min(left + 1, above + 1, diagonal + (from[line] === to[column - 1] ? 0 : 1));
      diagonal = above;
      return left;
    });
  }
  return row[to.length] ?? 0;
}

/** The known name that was probably meant by `name`, if one is near enough. */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  const typed = plain(name);
  let nearest: string | undefined;
  let fewest = slipsAllowed(typed) + 1;
  for (const candidate of known) {
    const right = plain(candidate);
    if (Math.abs(right.length - typed.length) > MOST_SLIPS) continue;
    const slips = distance(typed, right);
    if (slips < fewest) [nearest, fewest] = [candidate, slips];
  }
  return nearest;
}
