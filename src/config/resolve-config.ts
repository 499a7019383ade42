import { ConfigError } from './config-error.js';
import { suggestName } from './nearest-name.js';
import { validate, type NameOf } from './rules/rule.js';
import { configFields, type ResolvedConfig, SkreaverWsConfig, type SkreaverWsOptions } from './skreaver-ws-config.js';

const fieldNames: readonly string[] = configFields;

/**
 * Resolves the whole configuration: `options` over the defaults, validated, and deeply frozen. A field that is
 * `undefined` takes its default. `nameOf` renames fields in the sentences of the error.
 * @throws ConfigError with a problem for each wrong value and each unknown field
 * @example
 * ```ts
 * import { resolveConfig } from '@skreaver/nestjs-ws';
 *
 * resolveConfig({ maxConnections: 500 }).path; // '/ws', the default
 * ```
 */
export function resolveConfig(options: SkreaverWsOptions, nameOf: NameOf = (field) => field): ResolvedConfig {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new ConfigError([
      { field: 'configuration', value: options, allowed: 'an object with fields of SkreaverWsConfig' },
    ]);
  }
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const unknown = given.map(([field]) => field).filter((field) => !fieldNames.includes(field));
  const known = given.filter(([field]) => fieldNames.includes(field));
  const config = Object.assign(new SkreaverWsConfig(), Object.fromEntries(known));
  const problems = [
    ...unknown.map((field) => ({ field, allowed: suggestName(field, fieldNames) })),
    ...validate(config, nameOf),
  ];
  if (problems.length > 0) throw new ConfigError(problems);
  for (const field of fieldNames) Reflect.set(config, field, frozenCopy(Reflect.get(config, field)));
  return Object.freeze(config);
}

/** Copies and freezes a value deeply. Objects lose their prototype, so that no name finds an inherited value. */
function frozenCopy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return Object.freeze(value.map(frozenCopy));
  const copy: Record<string, unknown> = Object.create(null);
  for (const [key, item] of Object.entries(value)) copy[key] = frozenCopy(item);
  return Object.freeze(copy);
}
