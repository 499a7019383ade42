/** A mistake of one line, planted into the source as a test loads it, and the test that must find it. */
export interface Mutant {
  readonly id: string;
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  readonly spec: string;
  /** The name of the `it`. */
  readonly test: string;
}

/** The environment variable that says which mutant to plant. */
export const MUTANT_VARIABLE = 'SKREAVER_MUTANT';

/** @throws Error when the place is not there, or there more than once */
export function plant(code: string, { id, file, find, replace }: Mutant): string {
  const parts = code.split(find);
  if (parts.length === 2) return parts.join(replace);
  throw new Error(`The mutant ${id} cannot be planted: its place occurs ${parts.length - 1} times in ${file}.`);
}
