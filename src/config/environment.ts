import { ConfigError, type ConfigProblem } from './config-error.js';
import { fieldKinds, type FieldKind } from './field-kinds.js';
import { nearestName } from './nearest-name.js';
import { parseBoolean } from './parse-boolean.js';
import { parseDuration } from './parse-duration.js';
import { parseJson } from './parse-json.js';
import { parseSize } from './parse-size.js';
import { resolveConfig } from './resolve-config.js';
import type { SkreaverWsConfig, SkreaverWsOptions } from './skreaver-ws-config.js';

type Field = keyof SkreaverWsConfig;
type Environment = Readonly<Record<string, string | undefined>>;

const PREFIX = 'SKREAVER_WS_';
const fields = Object.keys(fieldKinds) as Field[];

const variableOf = (field: string): string => PREFIX + field.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

/** The environment variable of each field: `maxConnections` is `SKREAVER_WS_MAX_CONNECTIONS`. */
export const environmentNames = Object.freeze(
  Object.fromEntries(fields.map((field) => [field, variableOf(field)])),
) as Readonly<Record<Field, string>>;

/** A text that is no integer stays a text: the field's own rule refuses it, and knows the limits. */
const readers: Readonly<Record<FieldKind, (text: string) => unknown>> = {
  text: (text) => text,
  integer: (text) => (/^-?\d+$/.test(text) ? Number(text) : text),
  duration: parseDuration,
  size: parseSize,
  boolean: parseBoolean,
  list: (text) => text.split(',').map((item) => item.trim()),
  json: parseJson,
};

/** Refused only when it is near a known name: other things (Kubernetes, for one) set variables of this prefix too. */
function misspelt(env: Environment, known: readonly string[]): ConfigProblem[] {
  const bare = [...Object.values(environmentNames), ...known].map((name) => name.slice(PREFIX.length));
  return Object.keys(env).flatMap((name) => {
    const rest = name.slice(PREFIX.length);
    if (!name.startsWith(PREFIX) || bare.includes(rest)) return [];
    const meant = nearestName(rest, bare);
    return meant === undefined ? [] : [{ field: name, allowed: `did you mean ${PREFIX}${meant}?` }];
  });
}

function read(env: Environment, problems: ConfigProblem[]): SkreaverWsOptions {
  const options: Partial<Record<Field, unknown>> = {};
  for (const field of fields) {
    const text = env[environmentNames[field]]?.trim();
    if (!text) continue;
    try {
      options[field] = readers[fieldKinds[field]](text);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems.map((problem) => ({ ...problem, field: environmentNames[field] })));
    }
  }
  return options as SkreaverWsOptions;
}

function check(options: SkreaverWsOptions, env: Environment): ConfigProblem[] {
  try {
    resolveConfig(options, variableOf);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((problem) => ({ ...problem, value: env[problem.field] ?? problem.value }));
  }
}

/**
 * What the environment sets, checked. Each field has a variable (`environmentNames`); one that is empty counts as not
 * set. Durations and sizes take units (`30s`, `64KB`), lists are separated by commas, `channels` is JSON. `known` are the
 * other variables with this prefix that are in use; a variable that is none of these but near one of them is refused.
 * @throws ConfigError with a problem for each wrong variable, named by it
 */
export function configFromEnvironment(env: Environment, known: readonly string[] = []): SkreaverWsOptions {
  const problems = misspelt(env, known);
  const options = read(env, problems);
  problems.push(...check(options, env));
  if (problems.length > 0) throw new ConfigError(problems);
  return options;
}
