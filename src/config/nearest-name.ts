/** As people mistype it: `max_connections` and `MaxConnections` are `maxConnections`. */
const plain = (name: string): string => name.toLowerCase().replace(/[_-]/g, '');

/** How many characters to insert, remove or replace to get from one text to the other (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let line = 1; line <= from.length; line++) {
    let left = line;
    row = row.map((above, column) => {
      if (column === 0) return line;
      const diagonal = row[column - 1] ?? 0;
      left = Math.min(left + 1, above + 1, diagonal + (from[line - 1] === to[column - 1] ? 0 : 1));
      return left;
    });
  }
  return row.at(-1) ?? 0;
}

/** One slip per four characters, at least one and at most three. */
const slips = (name: string): number => Math.min(3, Math.max(1, Math.floor(name.length / 4)));

/** The known name that was probably meant by `name`, if one is near enough. */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  let nearest: string | undefined;
  let fewest = slips(plain(name)) + 1;
  for (const candidate of known) {
    const away = Math.abs(candidate.length - name.length) > 40 ? Infinity : distance(plain(name), plain(candidate));
    if (away < fewest) [nearest, fewest] = [candidate, away];
  }
  return nearest;
}
