import { fieldKinds } from './field-kinds.js';
import type { SkreaverWsConfig } from './skreaver-ws-config.js';

export type Field = keyof SkreaverWsConfig;

/** What the names of all variables of this project begin with. */
export const PREFIX = 'SKREAVER_WS_';

const isField = (name: string): name is Field => Object.hasOwn(fieldKinds, name);

export const fields: readonly Field[] = Object.keys(fieldKinds).filter(isField);

export const variableOf = (field: string): string =>
  PREFIX + field.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

function namesOfFields(): Record<Field, string> {
  const names: Record<Field, string> = { ...fieldKinds };
  for (const field of fields) names[field] = variableOf(field);
  return names;
}

/** The environment variable of each field: `maxConnections` is `SKREAVER_WS_MAX_CONNECTIONS`. */
export const environmentNames: Readonly<Record<Field, string>> = Object.freeze(namesOfFields());
