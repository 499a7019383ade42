import { closeCodes } from './close-codes.js';

const names: ReadonlyMap<number, string> = new Map(closeCodes.map(({ code, name }) => [code, name]));

/**
 * The close reason to send with `code` (PROTOCOL §9): `CODE`, or `CODE;retry_after_ms=N` if a wait is given. It is
 * ASCII and within the 123 bytes of a close frame. A code outside the table is spelled as its number. `retryAfterMs` is
 * rounded up to whole milliseconds. A negative, infinite or NaN value is left out.
 */
export function closeReason(code: number, retryAfterMs?: number): string {
  const name = names.get(code) ?? String(code);
  if (retryAfterMs === undefined || !Number.isFinite(retryAfterMs) || retryAfterMs < 0) return name;
  return `${name};retry_after_ms=${Math.min(Math.ceil(retryAfterMs), Number.MAX_SAFE_INTEGER)}`;
}
