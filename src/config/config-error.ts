/** One thing that is wrong with a configuration. */
export interface ConfigProblem {
  /** The field, or the place inside it: `pingInterval`, `allowedOrigins[1]`, `channels["a*"].clientPublish`. */
  readonly field: string;
  /** The value that was given. Left out for an unknown name: the value of a misspelt variable may be a secret. */
  readonly value?: unknown;
  /** The values that are allowed. For an unknown name: the known name that was probably meant, or all known names. */
  readonly allowed: string;
}

/** A configuration that cannot be used. The message has one sentence, on a line of its own, for each problem. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly problems: readonly ConfigProblem[]) {
    super(problems.map(sentenceOf).join('\n'));
  }
}

/** The sentence that reports a problem: the field, its value and what is allowed. */
export function sentenceOf(problem: ConfigProblem): string {
  const { field, allowed } = problem;
  if (!('value' in problem)) return `${field} is not known; ${allowed}`;
  return `${field} is ${formatValue(problem.value)}; allowed: ${allowed}.`;
}

const LONGEST_VALUE = 80;

/** Formats a value for a sentence, like JSON. Cuts it to 80 characters that end in `…`. Never throws. */
function formatValue(value: unknown): string {
  const text = jsonLike(value);
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE - 1)}…` : text;
}

function jsonLike(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'number' || typeof value === 'symbol' || value === undefined) return String(value);
  try {
    return JSON.stringify(value) ?? 'an object';
  } catch {
    return 'an object';
  }
}
