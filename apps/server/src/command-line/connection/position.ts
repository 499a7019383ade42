import type { Position } from '@skreaver/client';
import { usageError } from '../grammar/exit-code.js';

/**
 * Reads `epoch:offset`.
 * @param allowed what else the option takes, as the end of the sentence
 * @throws CommandError with the code for usage
 */
export function positionOf(option: string, text: string, allowed = ''): Position {
  const [, epoch, offset] = /^([^:]+):(\d+)$/.exec(text) ?? [];
  if (epoch === undefined) {
    throw usageError(`${option} is ${JSON.stringify(text)}; allowed: epoch:offset${allowed}.`);
  }
  return { epoch, offset: Number(offset) };
}
