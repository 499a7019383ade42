/** The first release of each line with the security fixes that an exposed server needs. */
const floors: Readonly<Record<number, readonly [minor: number, patch: number]>> = {
  20: [20, 2],
  22: [22, 2],
  24: [14, 1],
};

/** Warns of a Node release with known vulnerabilities; undefined for others. Unlisted release lines pass. */
export function nodeVersionWarning(version: string): string | undefined {
  const [major = 0, minor = 0, patch = 0] = version.replace(/^v/, '').split(/[.-]/).map(Number);
  const floor = floors[major];
  if (floor === undefined || minor > floor[0] || (minor === floor[0] && patch >= floor[1])) return undefined;
  return `Node ${version} lacks security fixes; use ${major}.${floor.join('.')} or later.`;
}
