import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const DEPLOY = join(import.meta.dirname, '../../deploy');

/** What a test has to change of a file that is shipped: a text that it has exactly once, and what stands there instead. */
export type Change = readonly [what: string, by: string];

/** A file of deploy/ word for word, but for the changes. */
export function shipped(path: string, ...changes: readonly Change[]): string {
  return changes.reduce(
    (text, [what, by]) => {
      if (text.split(what).length !== 2) throw new Error(`deploy/${path} does not have "${what}" exactly once`);
      return text.replace(what, () => by);
    },
    readFileSync(join(DEPLOY, path), 'utf8'),
  );
}
