import { ConfigError, type ConfigProblem } from './config-error.js';
import { nearestName } from './nearest-name.js';
import { resolveConfig } from './resolve-config.js';
import { fieldKinds } from './rules/rule.js';
import { configFields, type SkreaverWsConfig, type SkreaverWsOptions } from './skreaver-ws-config.js';
import { textFormats } from './text-formats.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** The prefix of all variables of this project. */
const PREFIX = 'SKREAVER_WS_';

const variableOf = (field: string): string => PREFIX + field.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

/** The environment variable of each field: `maxConnections` is `SKREAVER_WS_MAX_CONNECTIONS`. */
export const environmentNames: Readonly<Record<keyof SkreaverWsConfig, string>> = Object.freeze(
  Object.fromEntries(configFields.map((field) => [field, variableOf(field)])) as Record<keyof SkreaverWsConfig, string>,
);

/**
 * Reads and checks the fields that the environment sets. Each field has a variable (`environmentNames`); an empty one
 * counts as not set. Durations and sizes take units (`30s`, `64KB`), lists are separated by commas. `channels` is JSON,
 * in which a `ttl` may have a unit too. `known` lists the other variables of this prefix that are in use. An unknown
 * variable is refused only if its name is near a known one, which is then probably meant.
 * @throws ConfigError with a problem for each wrong variable, named by it
 * @example
 * ```ts
 * import { configFromEnvironment } from '@skreaver/nestjs-ws';
 *
 * configFromEnvironment({ SKREAVER_WS_PING_INTERVAL: '20s' }); // { pingInterval: 20000 }
 * ```
 */
export function configFromEnvironment(env: Environment, known: readonly string[] = []): SkreaverWsOptions {
  const reading = read(env);
  const problems = [...misspelt(env, known), ...problemsIn(reading, env)];
  if (problems.length > 0) throw new ConfigError(problems);
  return reading.options;
}

interface Reading {
  readonly options: SkreaverWsOptions;
  /** The variables whose text could not be parsed, each with the description of its format, if the format has one. */
  readonly unread: ReadonlyMap<string, string | undefined>;
}

/**
 * Parses the variables of all fields. A text that cannot be parsed becomes the value itself, which the field's rule
 * then refuses.
 */
function read(env: Environment): Reading {
  const options: SkreaverWsOptions = {};
  const unread = new Map<string, string | undefined>();
  for (const field of configFields) {
    const variable = environmentNames[field];
    const text = env[variable]?.trim();
    if (!text) continue;
    const format = textFormats[fieldKinds.get(field) ?? 'text'];
    const value = format.read(text);
    if (value === undefined) unread.set(variable, format.allowed);
    Reflect.set(options, field, value ?? text);
  }
  return { options, unread };
}

/**
 * Finds unknown variables that are probably misspelt: only names near a known one, because Kubernetes and others set
 * variables of this prefix too.
 */
function misspelt(env: Environment, known: readonly string[]): ConfigProblem[] {
  const rightNames = [...Object.values(environmentNames), ...known].map((name) => name.replace(PREFIX, ''));
  return Object.keys(env).flatMap((variable) => {
    const name = variable.slice(PREFIX.length);
    if (!variable.startsWith(PREFIX) || rightNames.includes(name)) return [];
    const meant = nearestName(name, rightNames);
    return meant === undefined ? [] : [{ field: variable, allowed: `did you mean '${PREFIX}${meant}'?` }];
  });
}

function problemsIn({ options, unread }: Reading, env: Environment): ConfigProblem[] {
  try {
    resolveConfig(options, variableOf);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((problem) => asWritten(problem, env, unread));
  }
}

/** Reports the text of the variable instead of the value that was read from it. */
function asWritten(problem: ConfigProblem, env: Environment, unread: Reading['unread']): ConfigProblem {
  const text = env[problem.field];
  return text ? { ...problem, value: text, allowed: unread.get(problem.field) ?? problem.allowed } : problem;
}
