export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads variables and collects all problems and warnings, so that one start reports them all. */
export class EnvironmentReader {
  readonly problems: string[] = [];
  readonly warnings: string[] = [];

  constructor(private readonly env: Environment) {}

  /** An empty variable counts as not set. */
  text(name: string): string | undefined {
    const text = this.env[name]?.trim();
    return text === '' ? undefined : text;
  }

  /** Secrets are not trimmed: a leading or trailing blank may belong to them. */
  secret(name: string): string | undefined {
    const text = this.env[name];
    return text === undefined || text.trim() === '' ? undefined : text;
  }

  /** The comma-separated parts, trimmed; undefined if the variable is not set. */
  list(name: string): readonly string[] | undefined {
    return this.text(name)
      ?.split(',')
      .map((part) => part.trim());
  }

  /** Shows the value; a problem of a secret goes to {@link problem} without it. */
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
