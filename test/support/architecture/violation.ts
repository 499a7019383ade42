/** A rule of the house broken at one line. */
export interface Violation {
  readonly file: string;
  readonly line: number;
  /** What is there, as the end of a sentence that begins with the place. */
  readonly problem: string;
  /** What to do instead. */
  readonly remedy: string;
}

export function describeViolation({ file, line, problem, remedy }: Violation): string {
  return `${file}:${line} ${problem}: ${remedy}`;
}
