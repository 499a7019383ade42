import { ConfigError } from './config-error.js';

/**
 * The value of a JSON text that the operator of the server wrote.
 * @throws ConfigError when it is no JSON
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ConfigError([{ field: 'JSON', value: text, allowed: 'JSON such as {"chat*":{"clientPublish":true}}' }]);
  }
}
