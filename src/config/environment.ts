import { ConfigError, type ConfigProblem } from './config-error.js';
import { environmentNames, fields, PREFIX, variableOf } from './environment-names.js';
import { fieldKinds, type FieldKind } from './field-kinds.js';
import { nearestName } from './nearest-name.js';
import { booleanForm } from './parse-boolean.js';
import { parseChannels } from './parse-channels.js';
import { durationForm } from './units.js';
import { sizeForm } from './parse-size.js';
import { resolveConfig } from './resolve-config.js';
import type { SkreaverWsOptions } from './skreaver-ws-config.js';
import type { WrittenForm } from './written-form.js';

type Environment = Readonly<Record<string, string | undefined>>;

const forms: Readonly<Record<FieldKind, Pick<WrittenForm<unknown>, 'read'> & { readonly allowed?: string }>> = {
  text: { read: (text) => text },
  integer: { read: (text) => (/^-?\d+$/.test(text) ? Number(text) : undefined) },
  duration: durationForm,
  size: sizeForm,
  boolean: booleanForm,
  list: { read: (text) => text.split(',').map((item) => item.trim()) },
  json: {
    read: parseChannels,
    allowed: 'JSON, an object of channel options by pattern: {"chat*":{"clientPublish":true}}',
  },
};

/** Refused only when it is near a known name: other things (Kubernetes, for one) set variables of this prefix too. */
function misspelt(env: Environment, known: readonly string[]): ConfigProblem[] {
  const rightNames = [...Object.values(environmentNames), ...known].map((name) => name.replace(PREFIX, ''));
  return Object.keys(env).flatMap((variable) => {
    const name = variable.slice(PREFIX.length);
    if (!variable.startsWith(PREFIX) || rightNames.includes(name)) return [];
    const meant = nearestName(name, rightNames);
    return meant === undefined ? [] : [{ field: variable, allowed: `did you mean '${PREFIX}${meant}'?` }];
  });
}

interface Reading {
  readonly options: SkreaverWsOptions;
  /** By variable: what its text could have been, where that could not be read. */
  readonly unread: ReadonlyMap<string, string | undefined>;
}

/** A text that cannot be read stays as it is: the rule of its field refuses it. */
function read(env: Environment): Reading {
  const options: SkreaverWsOptions = {};
  const unread = new Map<string, string | undefined>();
  for (const field of fields) {
    const variable = environmentNames[field];
    const text = env[variable]?.trim();
    if (!text) continue;
    const form = forms[fieldKinds[field]];
    const value = form.read(text);
    if (value === undefined) unread.set(variable, form.allowed);
    Reflect.set(options, field, value ?? text);
  }
  return { options, unread };
}

/** Says a problem with the text of the variable, not with what was read from it. */
function asWritten(problem: ConfigProblem, env: Environment, unread: Reading['unread']): ConfigProblem {
  const text = env[problem.field];
  return text ? { ...problem, value: text, allowed: unread.get(problem.field) ?? problem.allowed } : problem;
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

/**
 * What the environment sets, checked. Each field has a variable (`environmentNames`); one that is empty counts as not
 * set. Durations and sizes take units (`30s`, `64KB`), lists are separated by commas, `channels` is JSON
 * (its durations too may be written with a unit). `known` are the
 * other variables of this prefix that are in use; a variable that is none of these but near one of them is refused.
 * @throws ConfigError with a problem for each wrong variable, named by it
 */
export function configFromEnvironment(env: Environment, known: readonly string[] = []): SkreaverWsOptions {
  const reading = read(env);
  const problems = [...misspelt(env, known), ...problemsIn(reading, env)];
  if (problems.length > 0) throw new ConfigError(problems);
  return reading.options;
}
