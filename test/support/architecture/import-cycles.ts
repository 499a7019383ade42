/** An import inside one room. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly line: number;
}

/** A way back to where it began; `edge` is the import that closes it. */
export interface Cycle {
  readonly edge: Edge;
  /** The files in order of import; the first imports the second, the last the first. */
  readonly files: readonly string[];
}

/** At least one cycle for each knot of files that import each other, whether for values or types. */
export function importCycles(edges: readonly Edge[]): Cycle[] {
  const cycles: Cycle[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): void => {
    path.push(file);
    for (const edge of edges.filter(({ from }) => from === file)) {
      const start = path.indexOf(edge.to);
      if (start !== -1) cycles.push({ edge, files: path.slice(start) });
      else if (!done.has(edge.to)) visit(edge.to);
    }
    path.pop();
    done.add(file);
  };
  for (const { from } of edges) if (!done.has(from)) visit(from);
  return cycles;
}
