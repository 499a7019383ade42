import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The path of another version of Node, as `test/support/prepare.mjs` installed it. */
export function nodeBinary(major: number): string {
  const path = join(import.meta.dirname, `../../node_modules/.cache/nodes/${major}/node_modules/node/bin/node`);
  if (!existsSync(path)) throw new Error(`Node ${major} is not here; run \`node test/support/prepare.mjs\` first.`);
  return path;
}
