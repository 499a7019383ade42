import type { CaseResult } from '../suite/case-result.js';

/** Lists every measured package, such as `ws 8.23.0, socket.io 4.8.4`. */
export function versionsText(cases: readonly CaseResult[]): string {
  const versions = cases.flatMap(({ contestants }) => contestants.flatMap((side) => Object.entries(side.versions)));
  return [...new Set(versions.map((entry) => entry.join(' ')))].toSorted().join(', ');
}

/** Lists by contestant the options that were not at their default. */
export function changedText(cases: readonly CaseResult[]): string[] {
  const changed = new Map<string, Set<string>>();
  for (const { name, changed: options } of cases.flatMap(({ contestants }) => contestants)) {
    const side = name.replace(/,.*/, '');
    changed.set(side, new Set([...(changed.get(side) ?? []), ...options]));
  }
  return [...changed]
    .filter(([, options]) => options.size > 0)
    .map(([side, options]) => `${side}: ${[...options].join(', ')}`);
}
