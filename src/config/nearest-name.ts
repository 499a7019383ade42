const MOST_EDITS = 3;

/** The `allowed` text of an unknown name: the known name that was probably meant, or all known names. */
export function suggestName(name: string, known: readonly string[]): string {
  const meant = nearestName(name, known);
  return meant === undefined ? `allowed: ${known.join(', ')}.` : `did you mean '${meant}'?`;
}

/** The known name with the smallest edit distance to `name`; undefined when none is near enough. */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  const typed = normalize(name);
  let nearest: string | undefined;
  let fewest = editsAllowed(typed) + 1;
  for (const candidate of known) {
    const right = normalize(candidate);
    if (Math.abs(right.length - typed.length) > MOST_EDITS) continue;
    const edits = editDistance(typed, right);
    if (edits < fewest) [nearest, fewest] = [candidate, edits];
  }
  return nearest;
}

/** Ignores the style of a name: `max_connections` and `MaxConnections` are `maxConnections`. */
const normalize = (name: string): string => name.toLowerCase().replace(/[_-]/g, '');

/** The edits allowed for a name: one for every four characters, at least one and at most `MOST_EDITS`. */
const editsAllowed = (name: string): number => Math.min(MOST_EDITS, Math.max(1, Math.floor(name.length / 4)));

/** The Levenshtein distance: how many characters to insert, remove or replace. */
function editDistance(from: string, to: string): number {
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
