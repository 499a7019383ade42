import type { Dialect } from './dialect.js';
import { plainJsonDialect } from './plain-json-dialect.js';
import { skreaverDialect } from './skreaver-dialect.js';

const dialects: Readonly<Record<string, Dialect>> = {
  ours: skreaverDialect,
  baseline: skreaverDialect,
  ws: plainJsonDialect,
  uws: plainJsonDialect,
};

export function dialectOf(peer: string): Dialect {
  const dialect = dialects[peer];
  if (dialect === undefined) throw new Error(`Nobody knows how to speak to ${peer}.`);
  return dialect;
}
