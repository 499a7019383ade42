export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads variables and gathers everything that is wrong or worth a word, so that one start tells it all. */
export class EnvironmentReader {
  readonly problems: string[] = [];
  readonly warnings: string[] = [];

  constructor(private readonly env: Environment) {}

  /** A variable that is empty counts as not set. */
  text(name: string): string | undefined {
    const text = this.env[name]?.trim();
    return text === '' ? undefined : text;
  }

  /** Secrets are taken byte for byte: a blank at an end may belong to them. */
  secret(name: string): string | undefined {
    const text = this.env[name];
    return text === undefined || text.trim() === '' ? undefined : text;
  }

  /** The parts between commas, without the blanks around them; undefined when the variable is not set. */
  list(name: string): readonly string[] | undefined {
    return this.text(name)
      ?.split(',')
      .map((part) => part.trim());
  }

  /** For values that may be shown; those of secrets go to {@link problem} without their value. */
  wrongValue(name: string, value: string, allowed: string): void {
    this.problem(`${name} is ${JSON.stringify(value)}; allowed: ${allowed}.`);
  }

  problem(sentence: string): void {
    this.problems.push(sentence);
  }

  warn(sentence: string): void {
    this.warnings.push(sentence);
  }
}
