import { type ApiKey, apiKey, hashOfKey } from '../authentication/index.js';
import type { EnvironmentReader } from './environment-reader.js';
import { Variable } from './variables.js';

const SHORTEST_GOOD_KEY = 16;

/** Reads `SKREAVER_WS_API_KEYS`: `key=user,…`. A key may contain `=`: the last one separates key and user. */
export function readApiKeys(reader: EnvironmentReader): readonly ApiKey[] {
  const name = Variable.ApiKeys;
  const seen = new SeenKeys(reader, name);
  return (reader.list(name) ?? []).flatMap((entry, index) => {
    const at = entry.lastIndexOf('=');
    const [key, user] = [entry.slice(0, Math.max(0, at)).trim(), entry.slice(at + 1).trim()];
    if (key === '' || user === '') {
      reader.problem(`${name} has an entry ${index + 1} that is not key=user; allowed: key=user, separated by commas.`);
      return [];
    }
    return seen.take(key, index) ? [apiKey(key, user)] : [];
  });
}

/** Reads `key,…` as hashes; undefined if the variable is not set. */
export function readHttpKeys(
  reader: EnvironmentReader,
  name: typeof Variable.PublishKeys | typeof Variable.MetricsKeys,
): readonly Buffer[] | undefined {
  const seen = new SeenKeys(reader, name);
  return reader.list(name)?.flatMap((key, index) => {
    if (key === '') {
      reader.problem(`${name} has an empty entry ${index + 1}; allowed: keys, separated by commas.`);
      return [];
    }
    return seen.take(key, index) ? [hashOfKey(key)] : [];
  });
}

/** The rules for the keys of both lists: visible ASCII, each key once, and a warning about short ones. */
class SeenKeys {
  private readonly keys = new Set<string>();
  private warned = false;

  constructor(
    private readonly reader: EnvironmentReader,
    private readonly name: string,
  ) {}

  take(key: string, index: number): boolean {
    const { reader, name } = this;
    if (!/^[\x21-\x7e]+$/.test(key)) {
      reader.problem(
        `${name} has a key in entry ${index + 1} that no header can carry; allowed: visible ASCII characters.`,
      );
      return false;
    }
    if (this.keys.has(key)) {
      reader.problem(`${name} has the key of entry ${index + 1} twice; allowed: each key once.`);
      return false;
    }
    this.keys.add(key);
    if (key.length < SHORTEST_GOOD_KEY && !this.warned) {
      this.warned = true;
      reader.warn(`${name} has a key shorter than ${SHORTEST_GOOD_KEY} characters, which can be guessed.`);
    }
    return true;
  }
}
