import { shownValue } from './shown-value.js';

/** One thing that is wrong with a configuration. */
export interface ConfigProblem {
  /** The field, or the place inside it: `pingInterval`, `allowedOrigins[1]`, `channels["a*"].clientPublish`. */
  readonly field: string;
  /** What was given; left out for a name that is not known, as the value of a misspelt variable may be a secret. */
  readonly value?: unknown;
  /** What is allowed instead; for a name that is not known, the known name that was probably meant, or all of them. */
  readonly allowed: string;
}

function sentence(problem: ConfigProblem): string {
  const { field, allowed } = problem;
  if (!('value' in problem)) return `${field} is not known; ${allowed}`;
  return `${field} is ${shownValue(problem.value)}; allowed: ${allowed}.`;
}

/** A configuration that cannot be used. The message has one sentence (and line) per problem. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly problems: readonly ConfigProblem[]) {
    super(problems.map(sentence).join('\n'));
  }
}
