import { closeCodes } from './close-codes.js';

const names: ReadonlyMap<number, string> = new Map(closeCodes.map(({ code, name }) => [code, name]));

/**
 * The reason to send with `code` (protocol section 9): `CODE`, or `CODE;retry_after_ms=N` where a wait is given. It is
 * ASCII and within the 123 bytes of a close frame. A code outside the table is spelled as its number. `retryAfterMs` is
 * rounded up to whole milliseconds; a value that is no duration (negative, NaN, infinite) is left out.
 */
export function closeReason(code: number, retryAfterMs?: number): string {
  const name = names.get(code) ?? String(code);
  if (retryAfterMs === undefined || !Number.isFinite(retryAfterMs) || retryAfterMs < 0) return name;
  return `${name};retry_after_ms=${Math.min(Math.ceil(retryAfterMs), Number.MAX_SAFE_INTEGER)}`;
}

export interface ParsedCloseReason {
  /** What stands before the first `;`; the empty string where there is no reason. */
  readonly name: string;
  readonly retryAfterMs?: number;
}

/** Reads a close reason of any server or proxy. Never throws; parameters that are unknown or malformed are ignored. */
export function parseCloseReason(reason: string): ParsedCloseReason {
  const [name = '', ...parameters] = reason.split(';').map((part) => part.trim());
  const hint = parameters.find((parameter) => /^retry_after_ms=\d{1,15}$/.test(parameter));
  return hint === undefined ? { name } : { name, retryAfterMs: Number(hint.slice(hint.indexOf('=') + 1)) };
}
